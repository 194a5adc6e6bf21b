"""What rclone lets the service do by itself: copies and moves, times and tiers of blobs that are there."""

import checks
from rclone import at, done, rclone

service = checks.service()
content = checks.noise(5_000_000)
rclone("mkdir", at("source"))
rclone("mkdir", at("target"))
rclone("rcat", at("source/one.dump"), content=content)
rclone("rcat", at("source/ünï cödé/100% & more.dump"), content=b"odd")
container = service.get_container_client("source")

log = rclone.run("copy", "-v", at("source"), at("target")).stderr.decode()
checks.equal(log.count("Copied (server-side copy)"), 2, f"nothing passes through rclone: {log[-500:]}")
rclone("check", "--download", at("source"), at("target"))
checks.that(rclone("cat", at("target/one.dump")) == content, "a copy holds the same bytes")
checks.equal(rclone("cat", at("target/ünï cödé/100% & more.dump")), b"odd", "a copy of an odd name")

rclone("moveto", at("source/one.dump"), at("source/moved.dump"))
checks.equal(sorted(rclone.text("lsf", "--files-only", at("source")).split("\n")), ["moved.dump"], "a moved blob")
checks.that(rclone("cat", at("source/moved.dump")) == content, "a moved blob holds the same bytes")
rclone("copyto", "--azureblob-copy-cutoff", "1M", "--azureblob-chunk-size", "1M", at("source/moved.dump"),
       at("target/in-blocks.dump"))
checks.that(rclone("cat", at("target/in-blocks.dump")) == content, "a copy made block by block")
rclone.refused("not found", "deletefile", at("source/none"))

# The time of a file is metadata: setting it sends no bytes.
rclone("touch", "--timestamp", "2024-02-29T12:34:56", at("source/moved.dump"))
entry = rclone.json("lsjson", "--stat", at("source/moved.dump"))
checks.that(entry["ModTime"].startswith("2024-02-29T12:34:56"), f"touch sets the time: {entry['ModTime']}")
directory = checks.directory()
(directory / "moved.dump").write_bytes(content)
log = rclone.run("sync", "-v", "--checksum", "--include", "moved.dump", str(directory), at("source")).stderr.decode()
checks.that(": Copied" not in log, f"the same bytes are not sent again: {log[-500:]}")

rclone("settier", "Cool", at("source/moved.dump"))
checks.equal(rclone.json("lsjson", "--stat", at("source/moved.dump"))["Tier"], "Cool", "the tier in rclone's listing")
checks.equal(container.get_blob_client("moved.dump").get_blob_properties().blob_tier, "Cool", "the tier")
rclone("rcat", "--azureblob-access-tier", "Cold", at("source/cold"), content=b"x")
checks.equal(container.get_blob_client("cold").get_blob_properties().blob_tier, "Cold", "the tier of a new blob")
done()
