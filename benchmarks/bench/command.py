"""The command line."""

import dataclasses
import functools
import json
import sys

from . import databases, indexing, peers, places, profile, report, server, settings, targets, transfers
from .jobs import Failed, measure

USAGE = """\
Measures penstock against named peers, nginx and a plain C loop, on this machine, in one run, against the same stores.

Usage: scripts/bench [PART…]          all parts, or those named
       scripts/bench report FILE…     the tables of earlier runs, put together
       scripts/bench profile          where upload and download spend their CPU time, by perf

Parts: {parts}. How to read what comes out, and what it cannot say: docs/development/performance.md.

BENCH_RUNS      how often each is measured, after one round that warms up; the median counts (5)
BENCH_MIB       the size of the stream in MiB (2048); downloads take 2 times, the largest stream 8 times as much
BENCH_SCALE     pgbench's scale of the database (50)
BENCH_BLOBS     how many blobs are listed (100000)
BENCH_DISK      a directory on a disk, for the stores whose durability is measured (.build)
BENCH_PENSTOCK  the program (.build/release/penstock)"""



@dataclasses.dataclass
class Part:
    run: object
    memory: int = 0
    """What it needs in memory, in bytes."""
    disk: int = 0
    """What it needs on a disk, in bytes; its directory is there then."""

    def place(self):
        return places.on_disk(self.disk) if self.disk else places.in_memory(self.memory)


STREAM, DATABASE = settings.STREAM, settings.SCALE * (60 << 20)
PARTS = {
    "upload": Part(transfers.upload, 4 * STREAM), "tls": Part(transfers.tls, STREAM), "depth": Part(transfers.depth),
    "flat": Part(transfers.flat), "download": Part(transfers.download, 2 * STREAM),
    "dump": Part(databases.dump, DATABASE), "restore": Part(databases.restore, DATABASE),
    "index": Part(indexing.index),
    "server": Part(server.server, disk=3 * STREAM + (6 << 30)),
}


def main(words):
    if words[:1] == ["report"] and len(words) > 1:
        return put_together(words[1:])
    unknown = [word for word in words if word not in PARTS]
    if unknown and words != ["profile"]:
        print(USAGE.format(parts=", ".join(PARTS)), file=sys.stderr)
        return 0 if unknown[0] in ["-h", "--help"] else 2
    try:
        peers.install()
        if unknown:
            with places.in_memory(settings.STREAM) as work:
                profile.profile(work)
        else:
            run([name for name in PARTS if not words or name in words])
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    return 0


def run(names):
    facts = report.machine()
    report.print_facts(facts)
    path = report.result_path(facts, names if len(names) < len(PARTS) else ["all"])
    rows, judged = [], []
    for name in names:
        found = run_part(name)
        report.print_rows(found)
        rows += found
        judged += [target.judged(targets.Rows(found)) for target in targets.TARGETS if target.part == name]
        report.write(path, facts, rows, judged)
    print()
    report.print_facts(peers.versions())
    report.print_targets(judged)
    print(f"\nwritten: {path.relative_to(settings.ROOT)}")


def run_part(name):
    print(f"measuring: {name}", file=sys.stderr, flush=True)
    with PARTS[name].place() as work:
        return list(PARTS[name].run(functools.partial(measure, name), work))


def put_together(files):
    """Ratios are taken within one part, so parts of several runs may stand in one table; the last of each counts."""
    rows, judged = {}, {}
    for file in files:
        with open(file, encoding="utf-8") as text:
            found = json.load(text)
        for part in {row["part"] for row in found["results"]}:
            rows[part] = [row for row in found["results"] if row["part"] == part]
            judged[part] = [row for row in found["targets"] if row["part"] == part]
    for part in PARTS:
        report.print_rows(rows.get(part, []))
    print()
    report.print_targets([row for part in PARTS for row in judged.get(part, [])])
    return 0
