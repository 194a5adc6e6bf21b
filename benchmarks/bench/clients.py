"""Clients of the server that are threads of this process."""

import base64
import concurrent.futures
import contextlib
import http.client
import os
import resource
import socket
import time
import urllib.parse

from . import settings
from .jobs import Failed

VERSION = {"x-ms-version": "2021-12-02"}
PATIENCE = 600
"""In seconds: more than any answer takes."""


class Client:
    """A connection that is kept."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE, blocksize=1 << 20)

    def ask(self, method, target, body=b"", **fields):
        """The body of an answer that is a success."""
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        self._connection.request(method, target, body, {**VERSION, **named})
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise Failed(f"{method} {target.partition('?')[0]}: {answer.status} {content[:300]!r}")
        return content

    def put(self, store, blob, body=b"", **fields):
        """Writes a blob in one step."""
        self.ask("PUT", store.target(blob), body, x_ms_blob_type="BlockBlob", **fields)

    def close(self):
        self._connection.close()


@contextlib.contextmanager
def connected(port):
    client = Client(port)
    try:
        yield client
    finally:
        client.close()


def at_once(count, work):
    """Calls `work(number)` in so many threads; the first failure is thrown."""
    with concurrent.futures.ThreadPoolExecutor(count) as threads:
        for done in [threads.submit(work, number) for number in range(count)]:
            done.result()


def put_blocks(port, target, connections, blocks):
    """Blocks over connections that are kept; `target(connection, number)` says where each goes."""
    body = os.urandom(settings.BLOCK)

    def client(number):
        with connected(port) as kept:
            for block in range(blocks):
                kept.ask("PUT", target(number, block), body)

    at_once(connections, client)


def put_empty(store, count, connections):
    """Empty blobs `blob-00000000` and so on."""
    def client(number):
        with connected(store.port) as kept:
            for blob in range(number, count, connections):
                kept.put(store, f"blob-{blob:08d}")

    at_once(connections, client)


def block_query(number):
    return f"comp=block&blockid={urllib.parse.quote(base64.b64encode(f'{number:08d}'.encode()))}"


def answered_beside_stalled(store, connections, sent):
    """How long a small blob takes while so many clients say nothing more in the middle of a block, in seconds.

    Returns when the server has let go of them, so that the next crowd does not meet this one.
    """
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
    body = os.urandom(sent)
    before = store.sockets()
    with contextlib.ExitStack() as crowd:
        for number in range(connections):
            client = crowd.enter_context(socket.create_connection(("127.0.0.1", store.port), PATIENCE))
            head = f"PUT {store.target('stalled', block_query(number))} HTTP/1.1\r\nHost: x\r\n" \
                   f"x-ms-version: {VERSION['x-ms-version']}\r\nContent-Length: {settings.BLOCK}\r\n\r\n"
            client.sendall(head.encode() + body)
        started = time.monotonic()
        with connected(store.port) as client:
            client.put(store, "at-once", b"x" * 4096)
        answered = time.monotonic() - started
    while store.sockets() > before:
        if time.monotonic() - started > PATIENCE:
            raise Failed("the server keeps connections that its clients have closed")
        time.sleep(0.05)
    return answered
