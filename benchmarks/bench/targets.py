"""What is wanted, and whether the rows say it was reached."""

import dataclasses

DISCARDED, KEPT = "upload, discarded", "upload, kept in memory"
PIPE = "download into a pipe"
FLAT, FLAT_SLOW = "upload of three sizes, discarded", "upload of three sizes at 60 MB/s a connection"
UPLOAD, SHA256, DOWNLOAD = "penstock upload", "penstock upload --sha256", "penstock download"
DEPTHS = "upload at 60 MB/s a connection, 30 ms a request"
AZ = "az storage blob download"
ROWS, DUMP, DUMP_PIPE = "dump of rows", "penstock dump", "pg_dump -Fc | rclone rcat"
DUMP_JOBS, SLOW, BIG_SLOW = (
    "penstock dump --jobs 2", "dump of rows at 40 MB/s a connection", "dump of one table at 40 MB/s a connection")
RESTORE_ROWS, RESTORE_SLOW = "restore of rows", "restore of rows at 25 MB/s a connection"
RESTORE_JOBS, LOCAL_JOBS = "penstock restore --jobs 2", "pg_restore -j 2 of a local file"
AZ_PIPE, AZ_START, STAGED = f"{AZ} | pg_restore", f"{AZ}, empty", "rclone cat, then pg_restore -j 2"
INDEX = "finding the members of an archive in memory"
INDEX_ZLIB, INDEX_ROWS = "penstock, zlib in 4 KiB chunks", "penstock, uncompressed rows of 100 bytes"
GET_1, GET_8 = "GET over 1 connection", "GET over 8 connections"
BLOCKS = "PUT of 8 MiB blocks over 8 connections"
SMALL_PUT, SMALL_GET = "PUT of 4 KiB over 64 connections", "GET of 4 KiB over 64 connections"
PAGES, STALLED = "a page of a listing", "4 KiB beside 1,000 clients that stall in a block"
SERVER, UNSAFE, NGINX = "penstock serve", "penstock serve, without fsync", "nginx"
FIRST_PAGE, MIDDLE_PAGE, LAST_PAGE = (f"{SERVER}, {which} page" for which in ["first", "middle", "last"])


class Missing(Exception):
    """A row that a target needs is not there."""


class Rows:
    """The rows, found by what was done and by whom."""

    def __init__(self, rows):
        self._rows = rows

    def find(self, what, who):
        for row in self._rows:
            if (row["what"], row["who"]) == (what, who):
                if "failure" in row:
                    raise Missing(f"{who}: {row['failure']}")
                return row
        raise Missing(f"there is no {who}")

    def all(self, what):
        found = [row for row in self._rows if row["what"] == what and "runs" in row]
        if not found:
            raise Missing(f"there is no {what}")
        return found

    def times_as_fast(self, what, who, other):
        return self.find(what, who)["bytes_per_second"] / self.find(what, other)["bytes_per_second"]

    def times_the_cpu(self, what, who, other):
        return self.find(what, who)["cpu_seconds_per_gb"] / self.find(what, other)["cpu_seconds_per_gb"]

    def times_the_bytes(self, what, who, other):
        return self.find(what, who)["stored_bytes"] / self.find(what, other)["stored_bytes"]

    def gigabytes_per_cpu_second(self, what, who):
        return 1 / self.find(what, who)["cpu_seconds_per_gb"]

    def gigabytes_per_second(self, what, who):
        return self.find(what, who)["bytes_per_second"] / 1e9

    def requests_per_second(self, what, who):
        return self.find(what, who)["requests_per_second"]

    def times_as_long(self, what, who, other):
        return self.find(what, who)["seconds"] / self.find(what, other)["seconds"]

    def largest_peak(self, who):
        """Of all the servers whose clients' rows begin so, in MiB."""
        peaks = [row["store_peak_bytes"] for row in self._rows if row["who"].startswith(who) and "runs" in row]
        if not peaks:
            raise Missing(f"there is no {who}")
        return max(peaks) / 2**20

    def spread(self, what, key):
        """The largest of the values divided by the smallest."""
        values = [row[key] for row in self.all(what)]
        return max(values) / min(values)

    def automatic_depth(self):
        rates = {row["who"].rpartition(" ")[2]: row["bytes_per_second"] for row in self.all(DEPTHS)}
        automatic = rates.pop("automatic")
        return automatic / max(rates.values())

    def without_start_up(self, what, who, other, start):
        """How many times as long the other takes, without the time az needs for an empty blob."""
        whole, start_up = self.find(what, other)["seconds"], self.find(what, start)["seconds"]
        return (whole - start_up) / self.find(what, who)["seconds"]


@dataclasses.dataclass
class Target:
    part: str
    text: str
    wanted: object
    """A number, or nothing where the value is only stated."""
    value: object
    """Takes the rows; throws `Missing`."""
    at_most: bool = False

    def judged(self, rows):
        """What is printed and written of it."""
        facts = {"part": self.part, "target": self.text, "wanted": self.wanted,
                 "bound": "at most" if self.at_most else "at least"}
        try:
            value = self.value(rows)
        except Missing as missing:
            return {**facts, "measured": None, "verdict": "not measured", "why": str(missing)}
        if self.wanted is None:
            return {**facts, "measured": value, "verdict": "stated"}
        met = value <= self.wanted if self.at_most else value >= self.wanted
        return {**facts, "measured": value, "verdict": "met" if met else "MISSED"}


TARGETS = [
    Target("upload", "upload: times the rate of the plain C loop", 0.7,
           lambda rows: rows.times_as_fast(DISCARDED, UPLOAD, "raw-pipe")),
    Target("upload", "upload: times the CPU of the plain C loop", 1.6,
           lambda rows: rows.times_the_cpu(DISCARDED, UPLOAD, "raw-pipe"), at_most=True),
    Target("upload", "upload --sha256: times the CPU of the plain C loop", 2.5,
           lambda rows: rows.times_the_cpu(DISCARDED, SHA256, "raw-pipe"), at_most=True),
    Target("upload", "upload, discarded: times the rate of rclone rcat", 4,
           lambda rows: rows.times_as_fast(DISCARDED, UPLOAD, "rclone rcat")),
    Target("upload", "upload, discarded: times the CPU of rclone rcat", 0.2,
           lambda rows: rows.times_the_cpu(DISCARDED, UPLOAD, "rclone rcat"), at_most=True),
    Target("upload", "upload, discarded: times the rate of the Python SDK", 1.3,
           lambda rows: rows.times_as_fast(DISCARDED, UPLOAD, "Python SDK upload_blob")),
    Target("upload", "upload, kept in memory: times the rate of rclone rcat", 2,
           lambda rows: rows.times_as_fast(KEPT, UPLOAD, "rclone rcat")),
    Target("tls", "upload over TLS: GB a CPU second", 1,
           lambda rows: rows.gigabytes_per_cpu_second("upload over TLS, discarded", UPLOAD)),
    Target("tls", "download over TLS: GB a CPU second", 1,
           lambda rows: rows.gigabytes_per_cpu_second("download over TLS into a pipe", DOWNLOAD)),
    Target("depth", "depth 16: times the rate of depth 1", 12,
           lambda rows: rows.times_as_fast(DEPTHS, f"{UPLOAD}, depth 16", f"{UPLOAD}, depth 1")),
    Target("depth", "automatic depth: times the rate of the best fixed one", 0.9, Rows.automatic_depth),
    Target("flat", "largest peak of three sizes: times the smallest", 1.1,
           lambda rows: rows.spread(FLAT, "peak_bytes"), at_most=True),
    Target("flat", "the same at 60 MB/s a connection", 1.1,
           lambda rows: rows.spread(FLAT_SLOW, "peak_bytes"), at_most=True),
    Target("flat", "largest CPU per GB of three sizes: times the smallest", 1.2,
           lambda rows: rows.spread(FLAT, "cpu_seconds_per_gb"), at_most=True),
    Target("download", "download: times the rate of az without its start-up", 1.5,
           lambda rows: rows.without_start_up(PIPE, DOWNLOAD, AZ, AZ_START)),
    Target("download", "download: times the rate of rclone cat", 1.2,
           lambda rows: rows.times_as_fast(PIPE, DOWNLOAD, "rclone cat")),
    Target("dump", "dump of rows: times the time of the pipe", 0.35,
           lambda rows: 1 / rows.times_as_fast(ROWS, DUMP, DUMP_PIPE), at_most=True),
    Target("dump", "dump of rows: times the CPU of the pipe", 0.4,
           lambda rows: rows.times_the_cpu(ROWS, DUMP, DUMP_PIPE), at_most=True),
    Target("dump", "dump of rows: times the bytes of the pipe", 1.05,
           lambda rows: rows.times_the_bytes(ROWS, DUMP, DUMP_PIPE), at_most=True),
    Target("dump", "dump --jobs 2: times the time of one stream", 1.1,
           lambda rows: rows.times_as_long(ROWS, DUMP_JOBS, DUMP), at_most=True),
    Target("dump", "the same at 40 MB/s a connection: times as fast", 1.7,
           lambda rows: rows.times_as_fast(SLOW, DUMP_JOBS, DUMP)),
    Target("dump", "the same where one table is everything", 1.7,
           lambda rows: rows.times_as_fast(BIG_SLOW, DUMP_JOBS, DUMP)),
    Target("restore", "restore --jobs 2: times the time of the az pipe", 0.75,
           lambda rows: 1 / rows.without_start_up(RESTORE_ROWS, RESTORE_JOBS, AZ_PIPE, AZ_START), at_most=True),
    Target("restore", "restore --jobs 2: times the time of a local file", 1.25,
           lambda rows: rows.times_as_long(RESTORE_ROWS, RESTORE_JOBS, LOCAL_JOBS), at_most=True),
    Target("restore", "the same at 25 MB/s: times download, then restore", 0.7,
           lambda rows: rows.times_as_long(RESTORE_SLOW, RESTORE_JOBS, STAGED), at_most=True),
    Target("index", "index pass over zlib: GB a second", 2,
           lambda rows: rows.gigabytes_per_second(INDEX, INDEX_ZLIB)),
    Target("index", "index pass over rows of 100 bytes: GB a second", 1,
           lambda rows: rows.gigabytes_per_second(INDEX, INDEX_ROWS)),
    Target("server", "GET over 1 connection: times the rate of nginx", 0.75,
           lambda rows: rows.times_as_fast(GET_1, SERVER, NGINX)),
    Target("server", "GET over 8 connections: times the rate of nginx", 0.75,
           lambda rows: rows.times_as_fast(GET_8, SERVER, NGINX)),
    Target("server", "PUT of blocks, no fsync: times the rate of nginx", 0.9,
           lambda rows: rows.times_as_fast(BLOCKS, UNSAFE, NGINX)),
    Target("server", "durability: the rate with fsync, times that without", None,
           lambda rows: rows.times_as_fast(BLOCKS, SERVER, UNSAFE)),
    Target("server", "PUT of 4 KiB, durable: requests a second", 3000,
           lambda rows: rows.requests_per_second(SMALL_PUT, SERVER)),
    Target("server", "GET of 4 KiB: requests a second", 10_000,
           lambda rows: rows.requests_per_second(SMALL_GET, SERVER)),
    Target("server", "listing: the time of the last page, times the first", 1.2,
           lambda rows: rows.times_as_long(PAGES, LAST_PAGE, FIRST_PAGE), at_most=True),
    Target("server", "largest memory of the server, in MiB", 150, lambda rows: rows.largest_peak(SERVER), at_most=True),
]
