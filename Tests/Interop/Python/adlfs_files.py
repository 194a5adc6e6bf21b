"""adlfs: the file system that pandas, pyarrow and dask see, with many small reads and files of unknown length."""

import asyncio
import os

import adlfs
import checks
import fsspec

settings = {"connection_string": os.environ["AZURE_STORAGE_CONNECTION_STRING"]}
files = adlfs.AzureBlobFileSystem(**settings)
content = checks.noise(11_000_000)

# Containers are its top directories.
files.mkdir("lake")
checks.equal(files.ls(""), ["lake"], "containers")
checks.that(files.exists("lake") and files.isdir("lake") and not files.exists("none"), "a container is a directory")

# Files written without saying how long they will be.
with files.open("lake/tables/part 1.bin", "wb", blocksize=4 << 20) as file:
    for start in range(0, len(content), 1_000_000):
        file.write(content[start:start + 1_000_000])
checks.equal(files.size("lake/tables/part 1.bin"), len(content), "the size of a written file")
checks.that(files.cat_file("lake/tables/part 1.bin") == content, "a written file comes back")
with files.open("lake/tables/ünï/100% ä+b.txt", "wt", encoding="utf-8") as file:
    file.write("żółw\n")
checks.equal(files.open("lake/tables/ünï/100% ä+b.txt", "rt", encoding="utf-8").read(), "żółw\n", "text")
with files.open("lake/empty", "wb"):
    pass
checks.equal(files.cat_file("lake/empty"), b"", "an empty file")
files.pipe_file("lake/piped", b"0123456789")
checks.equal(files.cat_file("lake/piped", start=3, end=6), b"345", "a range of a file")
try:
    files.pipe_file("lake/piped", b"other", overwrite=False)
    checks.that(False, "a file that exists is kept, where that is asked for")
except FileExistsError:
    checks.equal(files.cat_file("lake/piped"), b"0123456789", "a file that exists is kept, where that is asked for")

# Many small reads, in and out of order, as readers of columns do.
with files.open("lake/tables/part 1.bin", "rb", block_size=64 << 10) as file:
    for number in range(40):
        position = (number * 7_919_777) % (len(content) - 200)
        file.seek(position)
        checks.that(file.read(100) == content[position:position + 100], f"100 bytes at {position}")
    file.seek(-7, os.SEEK_END)
    checks.equal(file.read(), content[-7:], "the last bytes")
    checks.equal(file.read(), b"", "nothing beyond the end")
with files.open("lake/tables/part 1.bin", "rb", cache_type="none") as file:
    checks.that(b"".join(iter(lambda: file.read(999_983), b"")) == content, "a file in odd pieces")
ranges = [(start, start + 1000) for start in range(0, 10_000_000, 500_000)]
pieces = files.cat_ranges(["lake/tables/part 1.bin"] * len(ranges), *zip(*ranges))
checks.that(pieces == [content[start:end] for start, end in ranges], "twenty ranges at once")
try:
    files.open("lake/none", "rb").read()
    checks.that(False, "a file that is not there cannot be read")
except FileNotFoundError:
    checks.that(True, "a file that is not there cannot be read")

# Looking around.
for number in range(30):
    files.pipe_file(f"lake/years/{2000 + number}/data.csv", b"%d" % number)
files.invalidate_cache()
checks.equal(files.ls("lake"), ["lake/empty", "lake/piped", "lake/tables", "lake/years"], "a directory")
details = {entry["name"]: (entry["type"], entry["size"]) for entry in files.ls("lake", detail=True)}
checks.equal(details["lake/piped"], ("file", 10), "a file in a directory")
checks.equal(details["lake/tables"][0], "directory", "a directory in a directory")
checks.equal(len(files.find("lake/years")), 30, "all files below")
checks.equal(files.glob("lake/years/201*/*.csv"), [f"lake/years/{year}/data.csv" for year in range(2010, 2020)], "glob")
walked = {path: (sorted(directories), sorted(names)) for path, directories, names in files.walk("lake/tables")}
checks.equal(walked, {"lake/tables": (["ünï"], ["part 1.bin"]), "lake/tables/ünï": ([], ["100% ä+b.txt"])}, "walk")
checks.equal(files.du("lake/years"), sum(len(str(number)) for number in range(30)), "du")
info = files.info("lake/piped")
checks.equal((info["type"], info["size"], bool(info["etag"])), ("file", 10, True), "info")
checks.that(files.isfile("lake/piped") and not files.isfile("lake/tables"), "files and directories")

# Down and up.
directory = checks.directory()
(directory / "up").mkdir()
for number in range(5):
    (directory / "up" / f"{number}.txt").write_text(str(number))
files.put(str(directory / "up"), "lake/put", recursive=True)
checks.equal(sorted(files.find("lake/put")), [f"lake/put/{number}.txt" for number in range(5)], "put of a directory")
files.get("lake/put", str(directory / "down"), recursive=True)
checks.equal(sorted(path.read_text() for path in (directory / "down").rglob("*.txt")), list("01234"), "get of one")

# By fsspec's own addresses, and asynchronously.
with fsspec.open("abfs://lake/by-address", "wb", **settings) as file:
    file.write(b"written")
checks.equal(fsspec.open("az://lake/by-address", "rb", **settings).open().read(), b"written", "abfs:// and az://")


async def at_once():
    there = adlfs.AzureBlobFileSystem(**settings, asynchronous=True, skip_instance_cache=True)
    try:
        return await asyncio.gather(*(there._cat_file(f"lake/years/{2000 + number}/data.csv") for number in range(30)))
    finally:
        await there.service_client.close()


checks.equal(asyncio.run(at_once()), [b"%d" % number for number in range(30)], "thirty reads at once")

# Removal.
files.rm_file("lake/piped")
checks.that(not files.exists("lake/piped"), "a removed file")
files.rm("lake/put", recursive=True)
checks.equal(files.find("lake/put"), [], "a removed directory")
files.rmdir("lake")
checks.that(not files.exists("lake"), "a removed container")
checks.done("adlfs")
