"""The services that the clients talk to: `penstock serve` on loopback, each with a key of its own."""

import base64
import contextlib
import json
import os
import secrets
import subprocess

from . import settings
from .jobs import Failed, quiet

ACCOUNT, CONTAINER = "bench", "bench"


class Process:
    """A server that prints one line once it listens."""

    def __init__(self, *command, environment=None):
        self._process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})})
        self.line = self._process.stdout.readline().strip()
        if not self.line:
            self.stop()
            raise Failed(f"{' '.join(map(str, command[:2]))} … did not start")

    def cpu_seconds(self):
        """What all its threads have used so far, those that have ended included."""
        with open(f"/proc/{self._process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self._process.terminate()
        self._process.wait()


class Store(Process):
    """A running `penstock serve`, and the environment that leads every client to it."""

    def __init__(self, *options, authorities=None):
        key = base64.b64encode(secrets.token_bytes(64)).decode()
        super().__init__(
            settings.PENSTOCK, "serve", *options, "--port", "0", "--account", ACCOUNT, "--quiet",
            environment={"PENSTOCK_ACCOUNT_KEY": key})
        self.authorities = authorities
        self.environment = {
            "AZURE_STORAGE_CONNECTION_STRING": f"AccountName={ACCOUNT};AccountKey={key};BlobEndpoint={self.line}",
            "RCLONE_CONFIG": "/dev/null", "RCLONE_CONFIG_STORE_TYPE": "azureblob",
            "RCLONE_CONFIG_STORE_ACCOUNT": ACCOUNT, "RCLONE_CONFIG_STORE_KEY": key,
            "RCLONE_CONFIG_STORE_ENDPOINT": self.line,
        }
        self.penstock("container", "create", self.place())

    def place(self, blob=""):
        return f"{self.line}/{CONTAINER}" + (f"/{blob}" if blob else "")

    def command(self, *words):
        """A command line of penstock that trusts this store."""
        trust = ["--ca-file", self.authorities] if self.authorities else []
        return [settings.PENSTOCK, *words, "--quiet", *trust]

    def penstock(self, *words):
        return quiet(*self.command(*words), environment=self.environment)

    def remove(self, blob):
        """Removes a blob if there is one."""
        if any(line == blob for line in self.names(blob)):
            self.penstock("blob", "remove", self.place(blob), "--yes")

    def names(self, prefix):
        listing = quiet(
            settings.PENSTOCK, "blob", "list", self.place(prefix), "--json",
            *(["--ca-file", self.authorities] if self.authorities else []), environment=self.environment)
        return [json.loads(line)["name"] for line in listing.splitlines()]


@contextlib.contextmanager
def serving(*options, authorities=None):
    store = Store(*options, authorities=authorities)
    try:
        yield store
    finally:
        store.stop()


@contextlib.contextmanager
def raw_sink(program):
    """The receiving side of the plain loop; its line is the port."""
    sink = Process(program, "sink")
    try:
        yield sink
    finally:
        sink.stop()
