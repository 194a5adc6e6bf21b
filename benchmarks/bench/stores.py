"""The services that the clients talk to: `penstock serve` on loopback, each with a key of its own."""

import base64
import contextlib
import json
import os
import secrets
import pathlib
import re
import subprocess
import urllib.parse

from . import sas, settings
from .jobs import Failed, quiet

ACCOUNT, CONTAINER = "bench", "bench"


class Process:
    """A server that prints one line once it listens, with the processes that it has started."""

    def __init__(self, *command, environment=None):
        self._process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})})
        try:
            self.line = self.announcement()
        except BaseException:
            self.stop()
            raise
        if not self.line:
            self.stop()
            raise Failed(f"{' '.join(map(str, command[:2]))} … did not start")

    def announcement(self):
        """Waits until it listens; answers where."""
        return self._process.stdout.readline().strip()

    def _told(self, name):
        """What the kernel tells of each process under that name."""
        own = self._process.pid
        children = pathlib.Path(f"/proc/{own}/task/{own}/children").read_text(encoding="ascii").split()
        return [pathlib.Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8") for pid in [own, *children]]

    def cpu_seconds(self):
        """What all its threads have used so far, those that have ended included."""
        fields = [text.rpartition(")")[2].split() for text in self._told("stat")]
        return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")

    def peak_bytes(self):
        """The most memory that it ever had, in bytes; of several processes, their sum."""
        return sum(int(re.search(r"^VmHWM:\s+(\d+)", text, re.M)[1]) << 10 for text in self._told("status"))

    def sockets(self):
        """How many sockets it has open."""
        opened = 0
        for descriptor in pathlib.Path(f"/proc/{self._process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed between two looks
                opened += os.readlink(descriptor).startswith("socket:")
        return opened

    def stop(self):
        self._process.terminate()
        self._process.wait()


class Store(Process):
    """A running `penstock serve`, and the environment that leads every client to it."""

    def __init__(self, *options, authorities=None, under=()):
        key = base64.b64encode(secrets.token_bytes(64)).decode()
        super().__init__(
            *under, settings.PENSTOCK, "serve", *options, "--port", "0", "--account", ACCOUNT, "--quiet",
            environment={"PENSTOCK_ACCOUNT_KEY": key})
        self.authorities = authorities
        self.port = urllib.parse.urlsplit(self.line).port
        self.path = f"/{ACCOUNT}/{CONTAINER}"
        self.token = sas.account_token(ACCOUNT, key)
        self.environment = {
            "AZURE_STORAGE_CONNECTION_STRING": f"AccountName={ACCOUNT};AccountKey={key};BlobEndpoint={self.line}",
            "RCLONE_CONFIG": "/dev/null", "RCLONE_CONFIG_STORE_TYPE": "azureblob",
            "RCLONE_CONFIG_STORE_ACCOUNT": ACCOUNT, "RCLONE_CONFIG_STORE_KEY": key,
            "RCLONE_CONFIG_STORE_ENDPOINT": self.line,
        }
        self.penstock("container", "create", self.place())

    def place(self, blob=""):
        return f"{self.line}/{CONTAINER}" + (f"/{blob}" if blob else "")

    def target(self, blob="", query=""):
        """The target of a request about a blob, or about the container, which needs no other credential."""
        path = self.path + (f"/{blob}" if blob else "")
        return f"{path}?{query}&{self.token}" if query else f"{path}?{self.token}"

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

    def blobs(self, prefix):
        """Name and size of each."""
        listing = quiet(
            settings.PENSTOCK, "blob", "list", self.place(prefix), "--json",
            *(["--ca-file", self.authorities] if self.authorities else []), environment=self.environment)
        return {blob["name"]: blob["size"] for blob in map(json.loads, listing.splitlines())}

    def names(self, prefix):
        return list(self.blobs(prefix))


@contextlib.contextmanager
def serving(*options, authorities=None, under=()):
    """A store for a while; `under` is a command that runs it."""
    store = Store(*options, authorities=authorities, under=under)
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
