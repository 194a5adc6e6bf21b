"""The peers: how they are installed, and their command lines.

All get penstock's memory and block size where they can be told: rclone as many requests as fill 256 MiB with blocks of
8 MiB; Microsoft's SDK eight requests, with which penstock begins; az and curl know nothing of the kind.
"""

import os
import shutil
import subprocess
import sys

from . import settings
from .jobs import Failed, quiet

PYTHON = settings.BUILD / "bench-venv/bin/python"
RCLONE = settings.BUILD / "bench-venv/bin/rclone"
AZ = settings.BUILD / "bench-az-venv/bin/az"
RAW_PIPE = settings.BUILD / "raw-pipe"

PACKAGED = ["wrk", "nginx", "eatmydata", "curl"]
"""Programs of Debian's packages; `scripts/setup bench` installs them."""

RCLONE_REQUESTS = settings.MEMORY // settings.BLOCK
SDK_REQUESTS = 8

SDK = f"""
import os, sys
from azure.storage.blob import BlobClient
blob = BlobClient.from_connection_string(
    os.environ["AZURE_STORAGE_CONNECTION_STRING"], sys.argv[2], sys.argv[3], max_block_size={settings.BLOCK},
    max_single_put_size={settings.BLOCK}, max_single_get_size={settings.BLOCK}, max_chunk_get_size={settings.BLOCK})
if sys.argv[1] == "upload":
    blob.upload_blob(sys.stdin.buffer, max_concurrency={SDK_REQUESTS})
else:
    for piece in blob.download_blob().chunks():  # into a pipe, the SDK downloads one range after the other only
        sys.stdout.buffer.write(piece)
"""


def raw_pipe(*words):
    return [RAW_PIPE, *words]


def rclone(verb, blob, *options):
    return [RCLONE, verb, "--azureblob-chunk-size", f"{settings.BLOCK >> 20}Mi",
            "--azureblob-upload-concurrency", RCLONE_REQUESTS, "--log-level", "ERROR", *options, f"store:{blob}"]


def sdk(verb, container, blob):
    return [PYTHON, "-c", SDK, verb, container, blob]


def az_download(container, blob, *options):
    return [AZ, "storage", "blob", "download", "-c", container, "-n", blob, "--no-progress", "--only-show-errors",
            *options]


def curl_settings(store, blob, path):
    """A file that tells curl what to fetch, so that no token is an argument."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(f'url = "{store.place(blob)}?{store.token}"\nsilent\nshow-error\nfail\nnoproxy = "*"\n')
    return ["curl", "--config", path]


def install():
    """Builds the plain loop and installs what every part needs; does nothing when all is there."""
    source = settings.BENCHMARKS / "raw-pipe.c"
    if not RAW_PIPE.exists() or RAW_PIPE.stat().st_mtime < source.stat().st_mtime:
        quiet("cc", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", RAW_PIPE, source)
    _environment("bench-venv", "requirements.txt")


def install_packages():
    """Installs what the server is loaded with; what cannot be is not there then, see `lacking`."""
    if any(lacking(tool) for tool in PACKAGED):
        subprocess.run([settings.ROOT / "scripts/setup", "bench"], stdout=sys.stderr, check=False)


def program(tool):
    """Where one of Debian's programs lies, or nothing; those of administrators are not on everybody's path."""
    return shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def lacking(*tools):
    """Why the first of these programs that is not there is missing, or nothing."""
    return next((f"{tool} is not installed" for tool in tools if not program(tool)), None)


def install_az():
    """Says why not, or nothing if az is there."""
    try:
        _environment("bench-az-venv", "requirements-az.txt")
    except Failed as failure:
        return str(failure)
    return None


def _environment(name, requirements):
    made = subprocess.run(
        [settings.ROOT / "scripts/python-venv", settings.BUILD / name, settings.BENCHMARKS / requirements],
        stdout=sys.stderr, check=False)
    if made.returncode != 0:
        raise Failed(f"benchmarks/{requirements} cannot be installed here; see above")


def versions():
    """What was measured; peers that no part has needed so far are left out."""
    commands = {
        "penstock": [settings.PENSTOCK, "version"], "rclone": [RCLONE, "version"],
        "azure-storage-blob": [PYTHON, "-c", "import azure.storage.blob as b; print(b.__version__)"],
        "azure-cli": [AZ.parent / "python", "-c", "import azure.cli.core as c; print(c.__version__)"],
        "curl": ["curl", "--version"], "pg_dump": ["pg_dump", "--version"],
    }
    found = {name: quiet(*command).split("\n")[0] for name, command in commands.items() if program(command[0])}
    return {**found, **_packages()}


def _packages():
    """The versions of the packages whose programs do not say theirs in a line."""
    query = ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", "wrk", "nginx", "eatmydata"]
    if not program(query[0]):
        return {}
    lines = subprocess.run(query, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return dict(line.split(" ", 1) for line in lines.splitlines() if not line.endswith(" "))
