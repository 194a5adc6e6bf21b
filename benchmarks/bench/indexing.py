"""The part that finds the members of archives in memory, by penstock's own code and nothing around it."""

from . import settings
from .jobs import Timed
from .targets import INDEX, INDEX_ROWS, INDEX_ZLIB

ARCHIVE = settings.ROOT / "fixtures/archives/everything-z0-pipe.dump"
"""Whose table of contents the archives have."""
SIZE = 1 << 30
CHUNKS = {INDEX_ZLIB: 4096, INDEX_ROWS: 100}
"""What pg_dump writes: zlib streams are cut at 4,096 bytes, and each row is a chunk where nothing is compressed."""


def index(measure, work):
    program = settings.PENSTOCK.parent / "IndexPass"
    yield from measure(INDEX, [
        Timed(name, [program, ARCHIVE, chunk, SIZE], SIZE) for name, chunk in CHUNKS.items()])
