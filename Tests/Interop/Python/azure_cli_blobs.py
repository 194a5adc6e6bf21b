"""az storage container and az storage blob: files, batches, the pipe of the guide, tokens."""

import os
import subprocess

import checks
from azure_cli import PROGRAM, az, done, stranger

work = checks.directory()
content = checks.noise(5_000_000)
(work / "five.dump").write_bytes(content)
url = checks.connection()["BlobEndpoint"]

# Containers.
checks.equal(az.json("storage", "container", "create", "-n", "dumps"), {"created": True}, "a new container")
checks.equal(az.json("storage", "container", "create", "-n", "dumps"), {"created": False}, "the same once more")
checks.equal(az.json("storage", "container", "exists", "-n", "dumps"), {"exists": True}, "it exists")
checks.equal(az.json("storage", "container", "list", "--query", "[].name"), ["dumps"], "containers")
az.refused("ContainerNotFound", "storage", "blob", "list", "-c", "nothing")

# A file.
upload = ["storage", "blob", "upload", "-c", "dumps", "-n", "a b/ünï %41.dump", "-f", str(work / "five.dump"),
          "--no-progress"]
answer = az.json(*upload, "--metadata", "kind=dump", "--content-type", "application/x-dump")
checks.that(answer["etag"].startswith('"0x') and answer["request_server_encrypted"], f"an upload: {answer}")
az.refused("BlobAlreadyExists", *upload)
blob = az.json("storage", "blob", "show", "-c", "dumps", "-n", "a b/ünï %41.dump")
checks.equal((blob["name"], blob["properties"]["contentLength"], blob["metadata"], blob["properties"]["blobType"],
              blob["properties"]["contentSettings"]["contentType"]),
             ("a b/ünï %41.dump", len(content), {"kind": "dump"}, "BlockBlob", "application/x-dump"), "show")
checks.equal(blob["properties"]["etag"], answer["etag"], "the ETag of show")
checks.equal(az.json("storage", "blob", "exists", "-c", "dumps", "-n", "none"), {"exists": False}, "no such blob")
az("storage", "blob", "download", "-c", "dumps", "-n", "a b/ünï %41.dump", "-f", str(work / "back"), "--no-progress")
checks.that((work / "back").read_bytes() == content, "the file comes back")
az.refused("BlobNotFound", "storage", "blob", "download", "-c", "dumps", "-n", "none", "-f", str(work / "none"))

# As the guide has it: without --file, the blob goes to standard output.
pipe = '"$0" storage blob download -c dumps -n "$1" --no-progress | sha256sum; exit ${PIPESTATUS[0]}'
piped = subprocess.run(["/bin/bash", "-c", pipe, PROGRAM, "a b/ünï %41.dump"], capture_output=True, env=az.environment)
digest = subprocess.run(["sha256sum"], input=content, capture_output=True).stdout
checks.equal((piped.returncode, piped.stdout), (0, digest), "a blob in a pipe")

# Batches.
source = work / "batch"
names = ["one.sql", "sub/two.sql", "sub/ünï żółw.sql", "100% & more.sql", "other.txt"]
for name in names:
    (source / name).parent.mkdir(parents=True, exist_ok=True)
    (source / name).write_bytes(name.encode())
sent = az.json("storage", "blob", "upload-batch", "-d", "dumps", "-s", str(source), "--destination-path", "batch",
               "--no-progress")
checks.equal(len(sent), len(names), "a batch of uploads")
listed = az.json("storage", "blob", "list", "-c", "dumps", "--prefix", "batch/", "--query", "[].name")
checks.equal(sorted(listed), sorted(f"batch/{name}" for name in names), "blobs of a prefix")
page = az.json("storage", "blob", "list", "-c", "dumps", "--num-results", "2", "--show-next-marker")
checks.equal((len(page), "nextMarker" in page[-1]), (3, True), "the first page of a listing")
rest = az.json("storage", "blob", "list", "-c", "dumps", "--marker", page[-1]["nextMarker"], "--query", "[].name")
checks.equal(len(rest), len(names) + 1 - 2, "the rest of the listing")
(work / "got").mkdir()
az("storage", "blob", "download-batch", "-s", "dumps", "-d", str(work / "got"), "--pattern", "batch/*.sql",
   "--no-progress")
for name in names[:-1]:
    checks.equal((work / "got" / "batch" / name).read_bytes(), name.encode(), f"{name} comes back")
checks.that(not os.path.exists(work / "got" / "batch" / "other.txt"), "what does not fit the pattern does not")
az("storage", "blob", "delete-batch", "-s", "dumps", "--pattern", "batch/*")
left = [blob.name for blob in checks.service().get_container_client("dumps").list_blobs()]
checks.equal(left, ["a b/ünï %41.dump"], "what a batch of removals leaves")

# Tokens that az makes itself, used without the key.
token = az.text("storage", "container", "generate-sas", "-n", "dumps", "--permissions", "rl", "--expiry",
                checks.from_now(hours=1).strftime("%Y-%m-%dT%H:%MZ"), "-o", "tsv")
by_token = ["--blob-endpoint", url, "--sas-token", token]
checks.equal(stranger.json("storage", "blob", "list", "-c", "dumps", "--query", "[].name", *by_token),
             ["a b/ünï %41.dump"], "a listing by a token")
stranger.refused("do not have the required permissions", "storage", "blob", "delete", "-c", "dumps", "-n",
                 "a b/ünï %41.dump", *by_token)
address = az.text("storage", "blob", "generate-sas", "-c", "dumps", "-n", "a b/ünï %41.dump", "--permissions", "r",
                  "--expiry", checks.from_now(hours=1).strftime("%Y-%m-%dT%H:%MZ"), "--full-uri", "-o", "tsv")
stranger("storage", "blob", "download", "--blob-url", address, "-f", str(work / "by-token"), "--no-progress")
checks.that((work / "by-token").read_bytes() == content, "a download by the token of one blob")

# Removal.
az("storage", "blob", "delete", "-c", "dumps", "-n", "a b/ünï %41.dump")
checks.equal(az.json("storage", "container", "delete", "-n", "dumps"), {"deleted": True}, "the container is removed")
done()
