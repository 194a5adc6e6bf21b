"""The parts that dump and restore databases, against the pipes of the stock tools."""

import contextlib
import itertools
import os
import subprocess

from . import peers, settings
from .jobs import Job, quiet
from .stores import CONTAINER, serving
from .targets import DUMP, DUMP_PIPE, ROWS

ARCHIVE = "kept/kept_database_source.sql"


def dump(measure, work):
    """Compressed by penstock and by pg_dump, and not compressed."""
    with _cluster(work) as size, serving("--data", f"{work}/dumps") as store:
        numbers = itertools.count()
        rows = _fill_rows()

        def empty_folder(folder):
            for blob in store.names(folder + "/"):
                store.penstock("blob", "remove", store.place(blob), "--yes")

        for label, database, bytes_, options, compression in [
                (ROWS, "rows", rows, "-Z6", "deflate"), ("dump of rows, by pg_dump", "rows", rows, "-Z6", "pg_dump:6"),
                ("dump of pgbench", "source", size, "-Z6", "deflate"),
                ("dump of pgbench, uncompressed", "source", size, "-Z0", "none")]:
            folder, piped = f"run{next(numbers)}", f"piped{next(numbers)}"
            yield from measure(label, [
                Job(DUMP, [
                    store.command("dump", "-d", database, "--to", store.place(folder), "--name", folder,
                                  "--compress", compression)], bytes_, environment=store.environment,
                    before=lambda folder=folder: empty_folder(folder), store=store),
                Job(DUMP_PIPE, [
                    ["pg_dump", "-Fc", options, database], peers.rclone("rcat", f"{CONTAINER}/{piped}/archive")],
                    bytes_, environment=store.environment, before=lambda piped=piped: empty_folder(piped), store=store),
            ])


def restore(measure, work):
    """Into an empty database."""
    with _cluster(work) as size, serving("--data", f"{work}/restores") as store:
        store.penstock("dump", "-d", "source", "--to", store.place("kept"), "--name", "kept")
        local = f"{work}/archive"
        with open(local, "wb") as file:
            subprocess.run(store.command("download", store.place(ARCHIVE)), stdout=file, check=True,
                           env={**os.environ, **store.environment})

        def empty():
            quiet("dropdb", "--if-exists", "target")
            quiet("createdb", "-T", "template0", "target")
            quiet("psql", "-Xqc", "CHECKPOINT")

        def job(name, *pipeline):
            return Job(name, list(pipeline), size, environment=store.environment, before=empty, store=store)

        yield from measure("restore, deflate 3", [
            job("penstock restore", store.command("restore", store.place("kept/kept"), "-d", "target", "--yes")),
            job("rclone cat | pg_restore", peers.rclone("cat", f"{CONTAINER}/{ARCHIVE}"),
                ["pg_restore", "-d", "target"]),
            job("pg_restore of a local file", ["pg_restore", "-d", "target", local]),
        ])


def _fill_rows():
    """A database of rows like real ones; answers the size of its tables."""
    quiet("createdb", "rows")
    quiet("bash", "-c", f'set -o pipefail; "{settings.ROOT}/benchmarks/rows.py" | psql -XqAt -v ON_ERROR_STOP=1 rows')
    quiet("psql", "-XqAt", "-c", "CHECKPOINT", "rows")
    tables = "SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relname = ANY ('{orders,customers,events}')"
    return int(quiet("psql", "-XAtc", tables, "rows"))


@contextlib.contextmanager
def _cluster(directory):
    """A PostgreSQL cluster in memory, without fsync; PG* lead every tool to it. Answers the size of its tables."""
    def clusters(function):
        return quiet("bash", "-c", f'source "{settings.ROOT}/scripts/clusters.sh"; {function}').strip()

    kept = dict(os.environ)
    os.environ["PATH"] = clusters("postgres_bin") + ":" + os.environ["PATH"]
    os.environ.update(PGHOST=f"{directory}/bench", PGUSER="postgres", PGDATABASE="postgres")
    try:
        clusters(f'start_cluster "{directory}" bench')
        quiet("createdb", "source")
        quiet("pgbench", "-i", "-q", "-s", settings.SCALE, "source")
        tables = "SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relname ~ '^pgbench_' AND relkind = 'r'"
        size = int(quiet("psql", "-XAtc", tables, "source"))
        quiet("psql", "-XqAt", "-c", "CHECKPOINT", "source")
        yield size
    finally:
        clusters(f'stop_cluster "{directory}" bench')
        os.environ.clear()
        os.environ.update(kept)
