"""rclone's everyday commands: streams, copies of directories, checks, listings, removal."""

import hashlib
import json
import os
import unicodedata

import checks
import tools
from rclone import PROGRAM, SETTINGS, at, done, rclone
from azure.storage.blob import ContainerSasPermissions, generate_container_sas

work = checks.directory()
large = checks.noise(21_000_001)

# Containers are rclone's top directories.
rclone("mkdir", at("rclone"))
rclone("mkdir", at("rclone"))
checks.equal([entry["Path"] for entry in rclone.json("lsjson", at(""))], ["rclone"], "containers")
checks.equal(rclone.json("lsjson", at("rclone")), [], "an empty container")

# Streams of unknown length: small ones by Put Blob, longer ones in blocks.
rclone("rcat", at("rclone/streams/small"), content=b"hello\n")
checks.equal(rclone("cat", at("rclone/streams/small")), b"hello\n", "a small stream")
rclone("rcat", "--azureblob-chunk-size", "4M", at("rclone/streams/large"), content=large)
checks.that(rclone("cat", at("rclone/streams/large")) == large, "a stream in blocks comes back")
checks.equal(rclone("cat", "--offset", "9999999", "--count", "77", at("rclone/streams/large")),
             large[9_999_999:10_000_076], "a range in the middle")
checks.equal(rclone("cat", "--tail", "5", at("rclone/streams/large")), large[-5:], "the last bytes")
container = checks.service().get_container_client("rclone")
blocks = container.get_blob_client("streams/large").get_block_list()[0]
checks.equal([block.size for block in blocks], [4 << 20] * 5 + [21_000_001 - (20 << 20)], "the blocks of the stream")
rclone.refused("not found", "deletefile", at("rclone/streams/none"))

# A directory of names that URLs, paths and XML could trip over.
source = work / "source"
names = ["a b", "a+b", "100%", "a%2Fb", "a?b=c&d", "a#b", "a;b", "a&b<c>'\"", "ünï/cödé/表", "🗄️/dump.sql", "CASE", "case",
         "e\u0301", "~tilde^", "[brackets]{braces}", ".hidden", "back\\slash", "trailing.", "x" * 200, "!$'()*,=", "a:b@c"]
for number, name in enumerate(names):
    path = source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f"{number} {name}".encode())
(source / "empty").write_bytes(b"")
rclone("copy", str(source), at("rclone/copy"))
rclone("check", str(source), at("rclone/copy"))
rclone("check", "--download", str(source), at("rclone/copy"))
stored = {blob.name.removeprefix("copy/"): blob.size for blob in container.list_blobs(name_starts_with="copy/")}
checks.equal(len(stored), len(names) + 1, "as many blobs as files")
plain = [name for name in names if name not in ("back\\slash", "trailing.")]
checks.equal({name: len((source / name).read_bytes()) for name in plain},
             {name: stored.get(name) for name in plain}, "names that rclone leaves as they are")
for name in plain:
    checks.equal(container.download_blob(f"copy/{name}").readall(), (source / name).read_bytes(), f"the file {name[:30]}")
rclone("copy", at("rclone/copy"), str(work / "back"))
for name in [*names, "empty"]:
    checks.equal((work / "back" / name).read_bytes(), (source / name).read_bytes(), f"{name[:30]} comes back")

# What is the same is not sent again; what is not is, and only that.
log = rclone.run("sync", "--checksum", "-v", str(source), at("rclone/copy")).stderr.decode()
checks.that("Copied" not in log, f"nothing is sent again: {log[-500:]}")
(source / "a b").write_bytes(b"changed")
(source / "CASE").unlink()
log = rclone.run("sync", "--checksum", "-v", str(source), at("rclone/copy")).stderr.decode()
checks.equal((log.count(": Copied"), log.count(": Deleted")), (1, 1), "one file is sent and one blob removed")
checks.equal(rclone("cat", at("rclone/copy/a b")), b"changed", "the changed file")
container.upload_blob("copy/case", b"tampered", overwrite=True)
rclone.refused("1 differences", "check", str(source), at("rclone/copy"))

# A large file in blocks: rclone keeps its MD5, and the time, as metadata.
file = work / "large"
file.write_bytes(large)
os.utime(file, ns=(0, 1_700_000_000_123_456_789))
rclone("copyto", "--azureblob-chunk-size", "5M", "--azureblob-upload-cutoff", "8M", "--azureblob-upload-concurrency", "3",
       str(file), at("rclone/large.dump"))
entry = rclone.json("lsjson", "--hash", "--stat", at("rclone/large.dump"))
checks.equal((entry["Size"], entry["Hashes"]["md5"]), (len(large), hashlib.md5(large).hexdigest()), "size and MD5")
checks.that(entry["ModTime"].startswith("2023-11-14T22:13:20.123456789"), f"the time of the file: {entry['ModTime']}")
rclone("copyto", "--multi-thread-streams", "4", "--multi-thread-cutoff", "4M", at("rclone/large.dump"),
       str(work / "again"))
checks.that((work / "again").read_bytes() == large, "the large file comes back in four streams")
sums = dict(reversed(line.split("  ", 1)) for line in rclone.text("md5sum", at("rclone")).split("\n"))
checks.equal(sums["streams/small"], hashlib.md5(b"hello\n").hexdigest(), "md5sum of a small stream")
size = rclone.json("size", "--json", at("rclone/streams"))
checks.equal((size["count"], size["bytes"]), (2, 6 + len(large)), "size")

# Listings.
listed = rclone.json("lsjson", "-R", "--files-only", at("rclone"))
checks.equal(sorted(entry["Path"] for entry in listed if entry["Path"].startswith("streams")),
             ["streams/large", "streams/small"], "a recursive listing")
checks.equal(sorted(rclone.text("lsf", at("rclone")).split("\n")), ["copy/", "large.dump", "streams/"], "one level")
checks.equal(rclone.text("lsf", "-R", "--include", "*.sql", "--files-only", at("rclone")),
             unicodedata.normalize("NFC", "copy/🗄️/dump.sql"), "a filter")
for number in range(60):
    container.upload_blob(f"pages/{number:02}", b"")
checks.equal(rclone.text("lsf", "--azureblob-list-chunk", "7", at("rclone/pages")).split("\n"),
             [f"{number:02}" for number in range(60)], "a listing in pages of seven")

# A token made by the SDK in place of the key: it may read, and only that.
fields = checks.connection()
token = generate_container_sas(
    fields["AccountName"], "rclone", account_key=fields["AccountKey"], expiry=checks.from_now(hours=1),
    permission=ContainerSasPermissions(read=True, list=True))
reader = tools.Tool(PROGRAM, {**{name: value for name, value in SETTINGS.items() if "AZUREBLOB" not in name},
                              "RCLONE_AZUREBLOB_SAS_URL": f"{fields['BlobEndpoint']}/rclone?{token}"})
checks.equal(reader("cat", at("rclone/streams/small")), b"hello\n", "reading by a token")
checks.equal(reader.text("lsf", at("rclone/streams")), "large\nsmall", "listing by a token")
reader.refused("AuthorizationPermissionMismatch", "deletefile", at("rclone/streams/small"))

# Removal.
rclone("deletefile", at("rclone/streams/small"))
checks.equal(rclone.text("lsf", at("rclone/streams")), "large", "a removed blob is not listed")
rclone("delete", at("rclone/copy"))
checks.equal(list(container.list_blobs(name_starts_with="copy/")), [], "delete removes the blobs of a directory")
rclone.refused("directory not empty", "rmdir", at("rclone"))
rclone("purge", at("rclone"))
checks.equal(json.loads(rclone("lsjson", at(""))), [], "purge removes the container")
done()
