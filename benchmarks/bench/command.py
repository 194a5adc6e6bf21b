"""The command line."""

import contextlib
import functools
import json
import os
import shutil
import sys
import tempfile

from . import databases, peers, profile, report, settings, targets, transfers
from .jobs import Failed, measure

USAGE = """\
Measures penstock against named peers and a plain C loop, on this machine, in one run, against the same stores.

Usage: scripts/bench [PART…]          all parts, or those named
       scripts/bench report FILE…     the tables of earlier runs, put together
       scripts/bench profile          where upload and download spend their CPU time, by perf

Parts: {parts}. How to read what comes out, and what it cannot say: docs/development/performance.md.

BENCH_RUNS      how often each is measured, after one round that warms up; the median counts (5)
BENCH_MIB       the size of the stream in MiB (2048); downloads take 2 times, the largest stream 8 times as much
BENCH_SCALE     pgbench's scale of the database (50)
BENCH_PENSTOCK  the program (.build/release/penstock)"""

# Each with the bytes it needs in memory, in streams.
PARTS = {
    "upload": (transfers.upload, 4), "tls": (transfers.tls, 1), "depth": (transfers.depth, 0),
    "flat": (transfers.flat, 0), "download": (transfers.download, 2), "dump": (databases.dump, 0),
    "restore": (databases.restore, 0),
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
            with directory(settings.STREAM) as work:
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
    part, streams = PARTS[name]
    database = settings.SCALE * (60 << 20) if part.__module__ == databases.__name__ else 0
    print(f"measuring: {name}", file=sys.stderr, flush=True)
    with directory(streams * settings.STREAM + database) as work:
        return list(part(functools.partial(measure, name), work))


@contextlib.contextmanager
def directory(needed):
    """A directory in memory with room for so many bytes."""
    if shutil.disk_usage("/dev/shm").free < needed:
        raise Failed(f"{needed >> 20} MiB are needed in /dev/shm; lower BENCH_MIB or BENCH_SCALE")
    work = tempfile.mkdtemp(prefix="penstock-bench-", dir="/dev/shm")
    os.chmod(work, 0o755)  # the cluster runs as another user
    try:
        yield work
    finally:
        shutil.rmtree(work)


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
