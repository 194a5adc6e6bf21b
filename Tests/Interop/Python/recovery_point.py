"""A recovery point through the SDK alone.

    recovery_point.py fetch CONTAINER FOLDER NAME DIRECTORY    what `penstock dump` wrote: looked at, checked, downloaded
    recovery_point.py publish CONTAINER FOLDER NAME DATABASE FILE    an archive uploaded in the layout
"""

import base64
import hashlib
import json
import os
import struct
import sys
import urllib.parse

import checks
from azure.core.exceptions import ResourceExistsError


def fetch(container, folder, name, directory):
    blobs = {blob.name: blob for blob in container.list_blobs(folder + "/", include=["metadata"])}
    prefix = f"{folder}/{name}_"
    checks.that(blobs and all(blob.startswith(prefix) for blob in blobs), "the folder holds this recovery point only")
    endings = {blob.removeprefix(prefix) for blob in blobs}
    checks.that({"roles.sql", "tablespaces.sql", "schemas.sql", "manifest.json", "timestamp.txt"} <= endings,
                "scripts, manifest and marker are there")
    tokens = {blob.metadata["penstock_upload"] for blob in blobs.values()}
    checks.that(len(tokens) == 1 and len(tokens.pop()) == 32, "one upload token is on every blob")
    checks.equal(len(list(container.list_blobs(folder + "/", include=["uncommittedblobs"]))), len(blobs),
                 "nothing is left uncommitted")

    files = {blob: container.download_blob(blob, max_concurrency=2).readall() for blob in blobs}
    for blob, content in files.items():
        checks.equal(len(content), blobs[blob].size, f"the size of {blob}")

    marker = files[prefix + "timestamp.txt"].decode()
    fields = dict(line.split(": ", 1) for line in marker.split("\n\n")[0].splitlines())
    checks.equal(fields["penstock recovery point"], name, "the marker names the recovery point")
    checks.equal(fields["state"], "complete", "the marker's state")
    checks.equal(blobs[prefix + "timestamp.txt"].metadata["penstock_state"], "complete", "the marker's metadata")
    checks.equal(blobs[prefix + "timestamp.txt"].metadata["penstock_taken"], fields["taken"], "the time in both")
    checks.that(fields["taken"].endswith("Z"), "the time is in UTC")
    manifest = files[prefix + "manifest.json"]
    checks.equal(fields["manifest"], f"{name}_manifest.json", "the marker names the manifest")
    checks.equal(fields["manifest sha256"], hashlib.sha256(manifest).hexdigest(), "the marker's digest of the manifest")
    newest = max(blobs.values(), key=lambda blob: (blob.last_modified, blob.name.endswith("_timestamp.txt")))
    checks.that(newest.name.endswith("_timestamp.txt"), "the marker was written last")

    manifest = json.loads(manifest)
    for database in manifest["databases"]:
        file = database["file"]
        content = files[f"{folder}/{file['name']}"]
        check_digests(file, content)
        checks.equal(content[:5], b"PGDMP", f"{file['name']} is an archive")
        metadata = blobs[f"{folder}/{file['name']}"].metadata
        checks.equal(urllib.parse.unquote(metadata["penstock_database"]), database["name"], "the database in the metadata")
        path = os.path.join(directory, hashlib.sha256(database["name"].encode()).hexdigest()[:16])
        with open(path, "wb") as out:
            out.write(content)
        print(f"{path}\t{database['name']}")
    for script in manifest["scripts"]:
        check_digests(script["file"], files[f"{folder}/{script['file']['name']}"])
    checks.equal(len(manifest["databases"]) + len(manifest["scripts"]) + 2, len(blobs), "the manifest names every blob")


def check_digests(file, content):
    """As docs/formats/manifest.md says, from the bytes that the SDK has downloaded."""
    checks.equal(len(content), file["size"], f"the size of {file['name']} in the manifest")
    digests = b"".join(
        hashlib.sha256(content[start:min(start + piece, offset + length)]).digest()
        for offset, length, piece in file["runs"] for start in range(offset, offset + length, piece))
    checks.that(base64.b64decode(file["digests"]) == digests, f"the digests of {file['name']}")
    numbers = b"".join(struct.pack("<3q", *run) for run in file["runs"])
    checks.equal(hashlib.sha256(numbers + digests).hexdigest(), file["root"], f"the root of {file['name']}")


def publish(container, folder, name, database, file):
    blob = container.get_blob_client(f"{folder}/{name}_database_{database}.sql")
    with open(file, "rb") as archive:
        blob.upload_blob(archive, max_concurrency=2)
    checks.equal(blob.get_blob_properties().size, os.path.getsize(file), "the size of the archive")
    with checks.refused(ResourceExistsError, "BlobAlreadyExists", 409, "the same archive once more"):
        blob.upload_blob(b"PGDMP")


command, container, *arguments = sys.argv[1:]
container = checks.service(max_single_put_size=1 << 20, max_block_size=4 << 20).get_container_client(container)
{"fetch": fetch, "publish": publish}[command](container, *arguments)
checks.done()
