"""Directories for the stores, removed at the end."""

import contextlib
import os
import shutil
import tempfile

from . import settings
from .jobs import Failed


@contextlib.contextmanager
def in_memory(needed):
    """A directory in memory with room for so many bytes."""
    with _directory("/dev/shm", needed, "lower BENCH_MIB or BENCH_SCALE") as work:
        yield work


@contextlib.contextmanager
def on_disk(needed):
    """A directory on a disk, where waiting for it takes time, with room for so many bytes."""
    settings.DISK.mkdir(parents=True, exist_ok=True)
    with _directory(settings.DISK, needed, "set BENCH_DISK to another directory, or lower BENCH_MIB") as work:
        yield work


@contextlib.contextmanager
def _directory(parent, needed, remedy):
    if shutil.disk_usage(parent).free < needed:
        raise Failed(f"{needed >> 20} MiB are needed in {parent}; {remedy}")
    work = tempfile.mkdtemp(prefix="penstock-bench-", dir=parent)
    os.chmod(work, 0o755)  # the cluster runs as another user
    try:
        yield work
    finally:
        shutil.rmtree(work)
