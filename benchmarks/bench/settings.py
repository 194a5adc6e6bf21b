"""What can be set from outside, and where things lie."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
BUILD = ROOT / ".build"
PENSTOCK = pathlib.Path(os.environ.get("BENCH_PENSTOCK", BUILD / "release/penstock")).resolve()

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
STREAM = int(os.environ.get("BENCH_MIB", "2048")) << 20
"""The size of the streams of most parts, in bytes; downloads take twice as much, the large flat one eight times."""
SCALE = int(os.environ.get("BENCH_SCALE", "50"))
"""pgbench's scale of the database."""
BLOBS = int(os.environ.get("BENCH_BLOBS", "100000"))
"""How many blobs are listed."""
DISK = pathlib.Path(os.environ.get("BENCH_DISK", BUILD)).resolve()
"""Where stores lie whose durability is measured."""

MEMORY = 256 << 20
"""What penstock may use for buffers by default; the peers get as much."""
BLOCK = 8 << 20
"""The size of every client's blocks, in bytes: penstock's own choice at that memory."""
