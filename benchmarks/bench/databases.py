"""The parts that dump and restore databases, against the pipes of the stock tools."""

import contextlib
import itertools
import os
import subprocess

from . import peers, settings
from .jobs import Job, quiet
from .slow_server import slow_server
from .stores import CONTAINER, serving
from .targets import (AZ_PIPE, AZ_START, BIG_SLOW, DUMP, DUMP_JOBS, DUMP_PIPE, LOCAL_JOBS, RESTORE_JOBS, RESTORE_ROWS,
                      RESTORE_SLOW, ROWS, SLOW, STAGED)

JOBS = 2
SLOW_RATE = 40_000_000
"""Of each connection to the slow server, in bytes a second."""
FAULTS = settings.BENCHMARKS / "faults-25-megabytes.json"


def archive(name, database):
    """Where the archive of a database lies in the recovery point of that name, in a folder called the same."""
    return f"{name}/{name}_database_{database}.sql"


def dump(measure, work):
    """Compressed by penstock and by pg_dump, and not compressed; from a slow server over one connection and over two."""
    with _cluster(work) as size, serving("--data", f"{work}/dumps") as store:
        numbers = itertools.count()
        rows, big = _fill_rows(), _fill_big()

        def empty_folder(folder):
            for blob in store.names(folder + "/"):
                store.penstock("blob", "remove", store.place(blob), "--yes")

        def stored(folder):
            """The archive alone: the pipe stores nothing else."""
            blobs = store.blobs(folder + "/")
            return {"stored_bytes": sum(size for name, size in blobs.items()
                                        if "_database_" in name or name.endswith("/archive"))}

        def penstock(name, database, bytes_, *options):
            folder = f"run{next(numbers)}"
            command = store.command("dump", "-d", database, "--to", store.place(folder), "--name", folder, *options)
            return Job(name, [command], bytes_, environment=store.environment,
                       before=lambda: empty_folder(folder), after=lambda: stored(folder), store=store)

        def pipe(database, bytes_, option):
            folder = f"run{next(numbers)}"
            return Job(DUMP_PIPE, [["pg_dump", "-Fc", option, database],
                                   peers.rclone("rcat", f"{CONTAINER}/{folder}/archive")], bytes_,
                       environment=store.environment, before=lambda: empty_folder(folder),
                       after=lambda: stored(folder), store=store)

        yield from measure(ROWS, [
            penstock(DUMP, "rows", rows), penstock(DUMP_JOBS, "rows", rows, "--jobs", JOBS), pipe("rows", rows, "-Z6")])
        for label, database, bytes_, option, compression in [
                ("dump of rows, by pg_dump", "rows", rows, "-Z6", "pg_dump:6"),
                ("dump of pgbench", "source", size, "-Z6", "deflate"),
                ("dump of pgbench, uncompressed", "source", size, "-Z0", "none")]:
            yield from measure(label, [
                penstock(DUMP, database, bytes_, "--compress", compression), pipe(database, bytes_, option)])
        with slow_server(os.environ["PGHOST"], SLOW_RATE):
            for label, database, bytes_ in [(SLOW, "rows", rows), (BIG_SLOW, "big", big)]:
                yield from measure(label, [
                    penstock(DUMP, database, bytes_), penstock(DUMP_JOBS, database, bytes_, "--jobs", JOBS)])


def restore(measure, work):
    """Into an empty database, without analysing it and without checking its bytes afterwards."""
    with _cluster(work) as size, contextlib.ExitStack() as stores:
        rows = _fill_rows()
        store = stores.enter_context(serving("--data", f"{work}/restores"))
        for database in ["source", "rows"]:
            store.penstock("dump", "-d", database, "--to", store.place(database), "--name", database)
            with open(f"{work}/{database}", "wb") as file:
                subprocess.run(store.command("download", store.place(archive(database, database))), stdout=file,
                               check=True, env={**os.environ, **store.environment})
        quiet(*store.command("upload", "--allow-empty", store.place("empty")), environment=store.environment)

        def empty():
            quiet("dropdb", "--if-exists", "target")
            quiet("createdb", "-T", "template0", "target")
            quiet("psql", "-Xqc", "CHECKPOINT")

        def job(name, bytes_, *pipeline, before=empty):
            return Job(name, list(pipeline), bytes_, environment=store.environment, before=before, store=store)

        def penstock(name, database, bytes_, *options):
            place = store.place(f"{database}/{database}")
            return job(name, bytes_, store.command("restore", place, "-d", "target", "--yes", *options))

        yield from measure("restore of pgbench", [
            penstock(RESTORE_JOBS, "source", size, "--jobs", JOBS), penstock("penstock restore --jobs 1", "source", size,
                                                                             "--jobs", 1),
            job("rclone cat | pg_restore", size, peers.rclone("cat", f"{CONTAINER}/{archive('source', 'source')}"),
                ["pg_restore", "-d", "target"]),
            job("pg_restore of a local file", size, ["pg_restore", "-d", "target", f"{work}/source"]),
        ])
        blob = archive("rows", "rows")
        jobs = [
            penstock(RESTORE_JOBS, "rows", rows, "--jobs", JOBS),
            job(LOCAL_JOBS, rows, ["pg_restore", "-j", JOBS, "-d", "target", f"{work}/rows"]),
            job("rclone cat | pg_restore", rows, peers.rclone("cat", f"{CONTAINER}/{blob}"), ["pg_restore", "-d", "target"]),
        ]
        reason = peers.install_az()
        if reason is None:
            jobs += [job(AZ_PIPE, rows, peers.az_download(CONTAINER, blob), ["pg_restore", "-d", "target"]),
                     job(AZ_START, 0, peers.az_download(CONTAINER, "empty"), before=None)]
        else:
            yield {"part": "restore", "what": RESTORE_ROWS, "who": AZ_PIPE, "failure": reason}
        yield from measure(RESTORE_ROWS, jobs)
        store = stores.enter_context(serving("--data", f"{work}/slow", "--faults", FAULTS))
        store.penstock("dump", "-d", "rows", "--to", store.place("rows"), "--name", "rows")
        staged = f"{work}/staged"
        script = f'set -e; "$@" > "{staged}"; pg_restore -j {JOBS} -d target "{staged}"; rm "{staged}"'
        yield from measure(RESTORE_SLOW, [
            penstock(RESTORE_JOBS, "rows", rows, "--jobs", JOBS),
            job(STAGED, rows, ["bash", "-c", script, "staged", *peers.rclone("cat", f"{CONTAINER}/{blob}")]),
        ])


def _fill_rows():
    """A database of rows like real ones; answers the size of its tables."""
    quiet("createdb", "rows")
    quiet("bash", "-c", f'set -o pipefail; "{settings.ROOT}/benchmarks/rows.py" | psql -XqAt -v ON_ERROR_STOP=1 rows')
    quiet("psql", "-XqAt", "-c", "CHECKPOINT", "rows")
    tables = "SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relname = ANY ('{orders,customers,events}')"
    return int(quiet("psql", "-XAtc", tables, "rows"))


def _fill_big():
    """A database that is one table; answers its size."""
    quiet("createdb", "big")
    quiet("bash", "-c", "set -o pipefail; pg_dump -t orders rows | psql -Xq -v ON_ERROR_STOP=1 big")
    return int(quiet("psql", "-XAtc", "SELECT pg_table_size('orders')", "big"))


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
