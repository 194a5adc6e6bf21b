"""A PostgreSQL server whose connections are slow: a proxy on a socket of its own."""

import contextlib
import os
import pathlib
import socket
import threading
import time

PORT = 5433
"""Of the proxy's socket; the server's is 5432, in the same directory."""
GULP = 256 << 10


@contextlib.contextmanager
def slow_server(directory, bytes_per_second):
    """What the server sends over each connection is held to that rate; PGPORT leads every tool to the proxy."""
    path = f"{directory}/.s.PGSQL.{PORT}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.listen(64)
        threading.Thread(target=_accept, args=(listener, f"{directory}/.s.PGSQL.5432", bytes_per_second),
                         daemon=True).start()
        kept = os.environ.get("PGPORT")
        os.environ["PGPORT"] = str(PORT)
        try:
            yield
        finally:
            os.environ.pop("PGPORT") if kept is None else os.environ.update(PGPORT=kept)
            listener.shutdown(socket.SHUT_RDWR)
            pathlib.Path(path).unlink()


def _accept(listener, server, rate):
    with contextlib.suppress(OSError):  # the listener is closed
        while True:
            client = listener.accept()[0]
            upstream = socket.socket(socket.AF_UNIX)
            upstream.connect(server)
            for source, sink, limit in [(client, upstream, None), (upstream, client, rate)]:
                threading.Thread(target=_pump, args=(source, sink, limit), daemon=True).start()


def _pump(source, sink, rate):
    """Moves bytes, no faster than the rate, until one side is gone; then neither is of use."""
    due = time.monotonic()
    with contextlib.suppress(OSError):
        while piece := source.recv(GULP):
            sink.sendall(piece)
            if rate:
                # Time in which nothing came is not made up for.
                due = max(due, time.monotonic() - 0.05) + len(piece) / rate
                time.sleep(max(0, due - time.monotonic()))
    for end in [source, sink]:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
