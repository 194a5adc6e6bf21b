"""The parts that move one stream: upload, TLS, depth, flatness and download."""

import os

from . import peers, settings
from .jobs import Failed, Job, quiet
from .stores import CONTAINER, raw_sink, serving

SOCKETS = 8
"""As many as penstock begins with."""
FAULTS = settings.BENCHMARKS / "faults-60-megabytes-30-milliseconds.json"
AUTOMATIC = "automatic"
DOWNLOADS, AZ = "download into a pipe", "az storage blob download"


def _upload(store, name, blob, command, size, **options):
    """A stream from a pipe into a blob that is not there yet."""
    return Job(name, [peers.raw_pipe("produce", size), command], size, environment=store.environment, uncounted=(0,),
               store=store, before=lambda: store.remove(blob), **options)


def penstock_upload(store, size, *options, name="penstock upload", **more):
    return _upload(store, name, "penstock", store.command("upload", *options, store.place("penstock")), size, **more)


def _rclone_upload(store, size):
    return _upload(store, "rclone rcat", "rclone", peers.rclone("rcat", f"{CONTAINER}/rclone"), size)


def _download(store, name, size, command):
    return Job(name, [command, ["cat"]], size, environment=store.environment, uncounted=(1,), store=store)


def computes_sha256():
    return "--sha256" in quiet(settings.PENSTOCK, "upload", "--help")


def upload(measure, work):
    """A stream into the sink that keeps nothing, then into a store in memory."""
    size = settings.STREAM
    with serving("--discard") as store, raw_sink(peers.RAW_PIPE) as sink:
        jobs = [
            penstock_upload(store, size),
            Job("raw-pipe", [peers.raw_pipe("produce", size), peers.raw_pipe("send", sink.line, SOCKETS)], size,
                uncounted=(0,), store=sink),
            _rclone_upload(store, size),
            _upload(store, "Python SDK upload_blob", "sdk", peers.sdk("upload", CONTAINER, "sdk"), size),
        ]
        if computes_sha256():
            jobs.insert(1, penstock_upload(store, size, "--sha256", name="penstock upload --sha256"))
        yield from measure("upload, discarded", jobs)
    with serving("--data", f"{work}/upload") as store:
        yield from measure("upload, kept in memory", [penstock_upload(store, size), _rclone_upload(store, size)])


def tls(measure, work):
    """Into the sink that keeps nothing, and out of a store in memory: zeros would not pass penstock's check."""
    size = settings.STREAM
    certificate, key = f"{work}/certificate.pem", f"{work}/key.pem"
    quiet("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
          "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate)
    os.chmod(key, 0o600)
    options = ["--tls-certificate", certificate, "--tls-key", key]
    with serving("--discard", *options, authorities=certificate) as store:
        yield from measure("upload over TLS, discarded", [penstock_upload(store, size)])
    with serving("--data", f"{work}/tls", *options, authorities=certificate) as store:
        penstock_upload(store, size).run()
        yield from measure("download over TLS into a pipe", [
            _download(store, "penstock download", size, store.command("download", store.place("penstock")))])


def depth(measure, _work):
    """An emulated service that is slow on each connection; each depth gets a stream that takes it some seconds."""
    def job(size, concurrency):
        options = [] if concurrency == AUTOMATIC else ["--concurrency", concurrency]
        return penstock_upload(store, size, *options, name=f"penstock upload, depth {concurrency}")

    with serving("--discard", "--faults", FAULTS) as store:
        yield from measure("upload at 60 MB/s a connection, 30 ms a request", [
            job(settings.STREAM // 8, 1), job(settings.STREAM // 2, 8),
            *(job(2 * settings.STREAM, concurrency) for concurrency in [16, 26, AUTOMATIC])])


def flat(measure, _work):
    """Memory and CPU must not grow with the stream: where the source is what limits, and where the service is."""
    def jobs(store):
        sizes = [settings.STREAM // 2, 2 * settings.STREAM, 8 * settings.STREAM]
        return [penstock_upload(store, size, name=f"penstock upload, {size / 2**30:g} GiB", once=size == sizes[-1])
                for size in sizes]

    with serving("--discard") as store:
        yield from measure("upload of three sizes, discarded", jobs(store))
    with serving("--discard", "--faults", FAULTS) as store:
        yield from measure("upload of three sizes at 60 MB/s a connection", jobs(store))


def download(measure, work):
    """A blob in memory into a pipe; first once with every byte compared."""
    size = 2 * settings.STREAM
    with serving("--data", f"{work}/download") as store:
        penstock_upload(store, size).run()
        quiet(*store.command("upload", "--allow-empty", store.place("empty")), environment=store.environment)
        commands = {
            "penstock download": store.command("download", store.place("penstock")),
            "rclone cat": peers.rclone("cat", f"{CONTAINER}/penstock"),
            "Python SDK chunks": peers.sdk("download", CONTAINER, "penstock"),
            "curl, one connection": peers.curl_settings(store, "penstock", f"{work}/curl"),
        }
        reason = peers.install_az()
        if reason is None:
            commands[AZ] = peers.az_download(CONTAINER, "penstock")
        else:
            yield _failure(AZ, reason)
        jobs = []
        for name, command in commands.items():
            compared = Job(name, [command, peers.raw_pipe("check", size)], size, environment=store.environment)
            try:
                compared.run()
                jobs.append(_download(store, name, size, command))
            except Failed as failure:
                if name == "penstock download":
                    raise
                yield _failure(name, str(failure))
        if any(job.name == AZ for job in jobs):
            jobs.append(_download(store, f"{AZ}, empty", 0, peers.az_download(CONTAINER, "empty")))
        yield from measure(DOWNLOADS, jobs)


def _failure(who, why):
    return {"part": "download", "what": DOWNLOADS, "who": who, "failure": why}
