"""Counted assertions, and the service they are about.

Every program of this directory takes the service from AZURE_STORAGE_CONNECTION_STRING, stops at the first assertion
that does not hold, and prints `CLIENT VERSION: N assertions` at its end.
"""

import atexit
import contextlib
import datetime
import importlib.metadata
import os
import pathlib
import random
import shutil
import tempfile

from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobServiceClient

passed = 0


def that(condition, what):
    """Counts an assertion that holds; ends the program at one that does not."""
    global passed
    if not condition:
        raise SystemExit(f"does not hold: {what} (after {passed} that do)")
    passed += 1


def equal(found, expected, what):
    that(found == expected, f"{what}: {shown(found)} instead of {shown(expected)}")


def shown(value):
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}… ({len(text)} characters)"


@contextlib.contextmanager
def refused(kind, code, status, what):
    """The block must raise exactly that exception of the SDK, with that error code and status."""
    try:
        yield
    except HttpResponseError as error:
        found = (type(error).__name__, str(getattr(error, "error_code", None)), error.status_code)
        # The SDK's StorageErrorCode is a string enumeration.
        found = (found[0], found[1].removeprefix("StorageErrorCode."), found[2])
        equal((found[0], normal(found[1]), found[2]), (kind.__name__, normal(code), status), what)
        return
    that(False, f"{what}: was not refused")


def normal(code):
    """Members of the SDK's enumeration are spelt BLOB_NOT_FOUND, their values BlobNotFound."""
    return code.replace("_", "").lower()


def done(client="azure-storage-blob", version=None):
    """Ends the program: says which client has been driven, and how much was found to hold."""
    print(f"{client} {version or importlib.metadata.version(client)}: {passed} assertions")


def connection():
    """The fields of the connection string."""
    pairs = os.environ["AZURE_STORAGE_CONNECTION_STRING"].split(";")
    return dict(pair.split("=", 1) for pair in pairs if pair)


def service(**settings):
    """The client, told to give up at once: a refusal must not hide behind a retry."""
    return BlobServiceClient.from_connection_string(
        os.environ["AZURE_STORAGE_CONNECTION_STRING"], retry_total=0, **settings)


def noise(count, seed=1):
    """Bytes that do not compress, the same for the same seed."""
    return random.Random(seed).randbytes(count)


def from_now(**time):
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**time)


def directory():
    """An empty directory, gone when this program ends."""
    path = tempfile.mkdtemp(prefix="penstock-interop-")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return pathlib.Path(path)


class Unmeasured:
    """A stream that says neither how long it is nor where it stands."""

    def __init__(self, content):
        self.content = memoryview(content)

    def read(self, count=-1):
        count = len(self.content) if count < 0 else count
        piece, self.content = self.content[:count], self.content[count:]
        return bytes(piece)
