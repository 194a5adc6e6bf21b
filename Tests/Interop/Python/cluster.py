"""The throw-away PostgreSQL cluster of the test, and a restored copy of it; all of it belongs to the server's user.

The test that starts a program names the cluster's directory in PGHOST, and removes it with all that runs there.
"""

import os
import pathlib
import shutil
import subprocess
import time

HOME = pathlib.Path(os.environ["PGHOST"])
DATA = HOME / "data"
RESTORED = HOME / "restored"
SOCKETS = HOME / "sockets"
# PostgreSQL refuses to run as root.
_user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


def result(*command, **environment):
    """Runs a program as the server's user: how it ended, and all that it wrote."""
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(HOME), "PGHOST": str(HOME),
                   "PGUSER": "postgres", **environment}
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="replace", env=environment, cwd=HOME, timeout=300,
                          **_user)


def run(*command, **environment):
    """What a program of PostgreSQL writes, which must end well. It is no assertion: something else is tested."""
    ended = result(*command, **environment)
    if ended.returncode != 0:
        raise SystemExit(f"{command} ended with {ended.returncode}: {ended.stdout}{ended.stderr[-3000:]}")
    return ended.stdout


def sql(statement, host=HOME):
    return run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", host, "-d", "postgres", "-c", statement
               ).strip()


def own(path, mode=0o700):
    """Gives a file or directory to the server's user."""
    os.chmod(path, mode)
    if os.geteuid() == 0:
        shutil.chown(path, "postgres", "postgres")
    return path


def write(name, text, mode=0o600):
    path = HOME / name
    path.write_text(text)
    return own(path, mode)


def archive_by(command):
    """Lets the running server hand its WAL segments to that command."""
    sql(f"ALTER SYSTEM SET archive_command = '{command}'")
    sql("SELECT pg_reload_conf()")


def switch_wal():
    """Ends the segment in use and waits until it is archived."""
    segment = sql("SELECT pg_walfile_name(pg_current_wal_lsn())")
    sql("SELECT pg_switch_wal()")
    until(lambda: sql("SELECT last_archived_wal FROM pg_stat_archiver") >= segment, f"{segment} is archived")
    return segment


def until(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"not in {seconds} seconds: {what}")
        time.sleep(0.1)


def fingerprint(host=HOME):
    """What must be the same in a copy: every table's rows, in one digest a table."""
    tables = sql("SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
                 "ORDER BY 1", host).split("\n")
    return {table: sql(f"SELECT count(*), md5(string_agg(row, ',' ORDER BY row)) FROM (SELECT t::text AS row "
                       f"FROM {table} t) r", host) for table in tables}


def start_restored():
    """Starts the copy in RESTORED, as it recovers by itself; answers its host."""
    SOCKETS.mkdir(exist_ok=True)
    own(SOCKETS)
    run("pg_ctl", "start", "-D", RESTORED, "-w", "-t", "120", "-s", "-l", HOME / "restored.log", "-o",
        f"-c listen_addresses= -c unix_socket_directories={SOCKETS} -c archive_mode=off -c fsync=off")
    until(lambda: sql("SELECT pg_is_in_recovery()", SOCKETS) == "f", "recovery ends")
    return SOCKETS


def stop_restored():
    run("pg_ctl", "stop", "-D", RESTORED, "-m", "fast", "-w", "-s")
