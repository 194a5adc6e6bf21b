"""barman-cloud's programs, run as the server's user, who may not be able to reach the checkout."""

import os
import shutil

import checks
import cluster

PROGRAMS = cluster.HOME / "barman"
URL = checks.connection()["BlobEndpoint"] + "/barman/clusters"
_secret = {"AZURE_STORAGE_CONNECTION_STRING": os.environ["AZURE_STORAGE_CONNECTION_STRING"]}

if not PROGRAMS.exists():
    shutil.copytree(f"{os.environ['CLIENTS']}/barman-venv", PROGRAMS, symlinks=True)


def barman(program, *arguments):
    """What it writes, where it ends well. Options come first, then the address and the server's name, then the rest."""
    ended = result(program, *arguments)
    checks.that(ended.returncode == 0, f"barman-cloud-{program} {arguments} ends well: {ended.stderr[-3000:]}")
    return ended.stdout


def result(program, *arguments):
    options = [argument for argument in arguments if str(argument).startswith("-")]
    rest = [argument for argument in arguments if argument not in options]
    return cluster.result(
        PROGRAMS / "bin/python", PROGRAMS / f"bin/barman-cloud-{program}", "--cloud-provider=azure-blob-storage",
        *options, URL, "demo", *rest, **_secret)


def script(name, program, *arguments):
    """Writes what the server itself runs; the connection string is in a file that only their user may read."""
    return cluster.write(name, f"""#!/bin/sh
export AZURE_STORAGE_CONNECTION_STRING='{_secret["AZURE_STORAGE_CONNECTION_STRING"]}'
exec {PROGRAMS}/bin/python {PROGRAMS}/bin/barman-cloud-{program} --cloud-provider=azure-blob-storage {" ".join(arguments)}
""", 0o700)


def done():
    said = cluster.run(PROGRAMS / "bin/python", PROGRAMS / "bin/barman", "--version")
    checks.done("barman", said.split()[0])
