"""`penstock upload` and `penstock download` beside the SDK: each reads what the other has written."""

import hashlib
import os
import subprocess

import checks

container = checks.service(max_single_put_size=1 << 20, max_block_size=1 << 20).create_container("both-ways")
location = checks.connection()["BlobEndpoint"] + "/both-ways/"


def penstock(*arguments, content=None):
    return subprocess.run([os.environ["PENSTOCK_BINARY"], *arguments], input=content, capture_output=True)


def download(name):
    result = penstock("download", "--quiet", location + name)
    checks.equal((result.returncode, result.stderr), (0, b""), f"penstock download {name}")
    return result.stdout


for size in [1, 65_536, 8_388_608, 8_388_609, 40_000_001]:
    content = checks.noise(size, seed=size)
    name = f"size/{size}"
    checks.equal(penstock("upload", "--quiet", location + name, content=content).returncode, 0, f"penstock upload {name}")
    blob = container.get_blob_client(name)
    checks.that(blob.download_blob(max_concurrency=2).readall() == content, f"the SDK reads {size} bytes of penstock")
    committed, uncommitted = blob.get_block_list("all")
    checks.equal((sum(block.size for block in committed) in (0, size), uncommitted), (True, []), f"blocks of {size} bytes")
    container.upload_blob("sdk/" + name, checks.Unmeasured(content))
    checks.that(hashlib.sha256(download("sdk/" + name)).digest() == hashlib.sha256(content).digest(),
                f"penstock reads {size} bytes of the SDK")

again = penstock("upload", location + "size/1", content=b"other")
checks.equal(again.returncode, 11, "penstock replaces nothing without being told")
checks.equal(container.download_blob("size/1").readall(), checks.noise(1, seed=1), "a refused upload changes nothing")
checks.equal(penstock("upload", "--quiet", "--overwrite", location + "size/1", content=b"other").returncode, 0,
             "penstock replaces when told")
checks.equal(container.download_blob("size/1").readall(), b"other", "the SDK reads what replaced it")
checks.equal(penstock("download", location + "none").returncode, 10, "penstock downloads no blob")

# A name that needs every kind of escape, in the location as a URL spells it.
container.upload_blob("a b/ü+%&#.sql", b"hostile")
checks.equal(download("a%20b/%C3%BC+%25%26%23.sql"), b"hostile", "a name that a URL must escape")
checks.done()
