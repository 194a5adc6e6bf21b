"""adlfs: copies and moves, which the service does by itself, and metadata."""

import os

import adlfs
import checks

files = adlfs.AzureBlobFileSystem(connection_string=os.environ["AZURE_STORAGE_CONNECTION_STRING"])
content = checks.noise(3_000_000)
files.mkdir("lake")
files.pipe_file("lake/ünï/one %41.bin", content)
files.copy("lake/ünï/one %41.bin", "lake/copy.bin")
checks.that(files.cat_file("lake/copy.bin") == content, "a copy holds the same bytes")
checks.that(files.exists("lake/ünï/one %41.bin"), "a copy leaves its source")
files.mv("lake/copy.bin", "lake/moved.bin")
checks.that(files.cat_file("lake/moved.bin") == content, "a moved file holds the same bytes")
checks.that(not files.exists("lake/copy.bin"), "a moved file is not where it was")
for number in range(4):
    files.pipe_file(f"lake/many/{number}", b"%d" % number)
files.copy("lake/many", "lake/twice", recursive=True)
checks.equal(sorted(files.find("lake/twice")), [f"lake/twice/{number}" for number in range(4)], "a copied directory")
files.setxattrs("lake/moved.bin", kind="table")
checks.equal(files.getxattr("lake/moved.bin", "kind"), "table", "metadata of a file")
with files.open("lake/log", "ab") as file:
    file.write(b"first\n")
with files.open("lake/log", "ab") as file:
    file.write(b"second\n")
checks.equal(files.cat_file("lake/log"), b"first\nsecond\n", "a file that is added to")
checks.done("adlfs")
