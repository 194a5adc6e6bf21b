"""The part that loads the server itself, and nginx beside it with the same work."""

import contextlib
import functools
import os
import re
import subprocess
import urllib.parse

from . import clients, peers, places, settings
from .jobs import Failed, Load, run_at_once
from .nginx import Nginx
from .stores import serving
from .targets import (BLOCKS, FIRST_PAGE, GET_1, GET_8, LAST_PAGE, MIDDLE_PAGE, NGINX, PAGES, SERVER, SMALL_GET,
                      SMALL_PUT, STALLED, UNSAFE)
from .transfers import penstock_upload

CONNECTIONS = 8
SMALL = 4096
"""The size of a small blob, in bytes."""
READ_IN_TURN = 64
"""How many small blobs are read in turn."""
WRK_SECONDS = 5
PAGE = 5000


def server(measure, work):
    """On a disk, but for the listing, which waits for none."""
    peers.install_packages()
    with contextlib.ExitStack() as running:
        store = running.enter_context(serving("--data", f"{work}/durable"))
        nginx = None if peers.lacking("nginx") else Nginx(peers.program("nginx"), f"{work}/nginx")
        if nginx:
            running.callback(nginx.stop)
        yield from _large(measure, work, store, nginx)
        yield from _blocks(measure, work, store, nginx)
        yield from _small(measure, store)
        yield from _stalled(measure, store)
    yield from _listing(measure)


def _missing(what, who, *tools):
    why = peers.lacking(*tools)
    return [{"part": "server", "what": what, "who": who, "failure": why}] if why else []


def _large(measure, work, store, nginx):
    """A blob written in one step is one file of the store's, which nginx serves, too; another is made of blocks."""
    size = settings.STREAM
    _put_whole(store, "whole", size, f"{work}/source")
    penstock_upload(store, size).run()
    if nginx:
        (nginx.files / "whole").symlink_to(_file_of(f"{work}/durable", size))
    curls = {
        SERVER: (store, peers.curl_settings(store, "whole", f"{work}/curl-whole")),
        f"{SERVER}, blob of blocks": (store, peers.curl_settings(store, "penstock", f"{work}/curl-blocks")),
    }
    if nginx:
        curls[NGINX] = (nginx, ["curl", "-sSf", "--noproxy", "*", f"{nginx.line}/whole"])
    for what, connections in [(GET_1, 1), (GET_8, CONNECTIONS)]:
        yield from _missing(what, NGINX, "nginx")
        if missing := _missing(what, SERVER, "curl"):
            yield from missing
            continue
        yield from measure(what, [
            Load(name, connections * size, served, functools.partial(_fetch, command, connections))
            for name, (served, command) in curls.items()])


def _fetch(command, times):
    run_at_once([(command, subprocess.DEVNULL)] * times)


def _put_whole(store, blob, size, path):
    block = os.urandom(settings.BLOCK)
    with open(path, "wb+") as file:
        while file.tell() < size:
            file.write(block[:size - file.tell()])
        file.seek(0)
        with clients.connected(store.port) as client:
            client.put(store, blob, file, Content_Length=str(size))
    os.remove(path)


def _file_of(directory, size):
    """The file of the store that holds the only blob of that size so far written in one step."""
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(directory) for name in names]
    return next(path for path in paths if os.path.getsize(path) == size)


def _blocks(measure, work, store, nginx):
    """Without fsync in both: eatmydata takes it away from penstock, and nginx has none."""
    count = max(1, settings.STREAM // settings.BLOCK // CONNECTIONS)
    total = CONNECTIONS * count * settings.BLOCK

    def job(name, served, target):
        return Load(name, total, served, lambda: clients.put_blocks(served.port, target, CONNECTIONS, count))

    def staged(served):
        # Four ids each, so that the store does not grow with the number of runs; nginx replaces files likewise.
        return lambda number, block: served.target(f"blocks-{number}", clients.block_query(block % 4))

    yield from _missing(BLOCKS, UNSAFE, "eatmydata")
    yield from _missing(BLOCKS, NGINX, "nginx")
    with contextlib.ExitStack() as running:
        jobs = [job(SERVER, store, staged(store))]
        if not peers.lacking("eatmydata"):
            unsafe = running.enter_context(serving("--data", f"{work}/unsafe", under=[peers.program("eatmydata")]))
            jobs.insert(0, job(UNSAFE, unsafe, staged(unsafe)))
        if nginx:
            jobs.append(job(NGINX, nginx, lambda number, block: f"/blocks-{number}-{block % 4}"))
        yield from measure(BLOCKS, jobs)


def _small(measure, store):
    """By wrk, with the same SAS in every URL."""
    with clients.connected(store.port) as client:
        for number in range(READ_IN_TURN):
            client.put(store, f"get-{number}", os.urandom(SMALL))
    for what, script in [(SMALL_PUT, "put.lua"), (SMALL_GET, "get.lua")]:
        if missing := _missing(what, SERVER, "wrk"):
            yield from missing
        else:
            yield from measure(what, [Load(SERVER, 0, store, functools.partial(_wrk, store, script))])


def _wrk(store, script):
    environment = {"BENCH_PATH": store.path, "BENCH_TOKEN": store.token, "BENCH_BYTES": str(SMALL),
                   "BENCH_BLOBS": str(READ_IN_TURN)}
    command = ["wrk", "-t2", "-c64", f"-d{WRK_SECONDS}s", "-s", settings.BENCHMARKS / "wrk" / script,
               f"http://127.0.0.1:{store.port}"]
    output, = run_at_once([(command, subprocess.PIPE)], environment)
    if int(re.search(r"^bad (\d+)", output, re.M)[1]):
        raise Failed(f"wrk got answers that are no success:\n{output}")
    requests, seconds = re.search(r"(\d+) requests in ([\d.]+)s", output).groups()
    return {"requests": int(requests), "seconds": float(seconds)}


def _stalled(measure, store):
    yield from measure(STALLED, [
        Load(SERVER, 0, store, lambda: {"seconds": clients.answered_beside_stalled(store, 1000, 1_000_000)})])


def _listing(measure):
    """Of empty blobs in memory: making them would otherwise be mostly waiting for the disk."""
    with places.in_memory(1 << 30) as work, serving("--data", f"{work}/listed") as store:
        clients.put_empty(store, settings.BLOBS, CONNECTIONS)
        with clients.connected(store.port) as client:
            def page(marker):
                query = f"restype=container&comp=list&maxresults={PAGE}&marker={urllib.parse.quote(marker)}"
                return client.ask("GET", store.target(query=query))

            def look(marker):
                page(marker)

            markers = [""]
            while found := re.search(rb"<NextMarker>([^<]+)</NextMarker>", page(markers[-1])):
                markers.append(found[1].decode())
            wanted = {FIRST_PAGE: markers[0], MIDDLE_PAGE: markers[len(markers) // 2], LAST_PAGE: markers[-1]}
            yield from measure(PAGES, [
                Load(name, 0, store, functools.partial(look, marker)) for name, marker in wanted.items()])
