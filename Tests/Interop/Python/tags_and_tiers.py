"""Tags of blobs, and access tiers."""

import checks
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import StandardBlobTier

container = checks.service().create_container("tags")
blob = container.upload_blob("blob", b"content", tags={"kind": "dump", "db": "a b/c:d=e+f_g.h"})
checks.equal(blob.get_blob_tags(), {"kind": "dump", "db": "a b/c:d=e+f_g.h"}, "tags of an upload")
before = blob.get_blob_properties()
checks.equal(before.tag_count, 2, "how many tags a blob has")
blob.set_blob_tags({"kind": "archive"})
checks.equal(blob.get_blob_tags(), {"kind": "archive"}, "new tags take the place of the old")
checks.equal(blob.get_blob_properties().etag, before.etag, "tags leave the ETag alone")
listed = {entry.name: entry.tags for entry in container.list_blobs(include=["tags"])}
checks.equal(listed, {"blob": {"kind": "archive"}}, "tags in a listing")
blob.set_blob_tags({})
checks.equal(blob.get_blob_tags(), {}, "no tags")
blob.set_blob_tags({f"name{number}": str(number) for number in range(10)})
checks.equal(len(blob.get_blob_tags()), 10, "ten tags")
for tags, what in [({f"name{number}": "" for number in range(11)}, "eleven tags"), ({"x" * 129: ""}, "a long name"),
                   ({"a": "x" * 257}, "a long value"), ({"a": "ünï"}, "a value that is not ASCII")]:
    try:
        blob.set_blob_tags(tags)
        checks.that(False, what)
    except HttpResponseError as error:
        checks.equal(error.status_code, 400, what)
with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "tags of no blob"):
    container.get_blob_client("none").get_blob_tags()
large = container.upload_blob("large", checks.noise(5_000_000), max_concurrency=2, tags={"size": "large"})
checks.equal(large.get_blob_tags(), {"size": "large"}, "tags of an upload, whatever its size")

checks.equal((before.blob_tier, before.blob_tier_inferred), ("Hot", True), "the tier that nobody has set")
blob.set_standard_blob_tier(StandardBlobTier.COOL)
found = blob.get_blob_properties()
checks.equal((found.blob_tier, bool(found.blob_tier_inferred)), ("Cool", False), "a tier")
checks.equal(found.etag, before.etag, "a tier leaves the ETag alone")
checks.that(found.blob_tier_change_time is not None, "when the tier changed")
checks.equal(blob.download_blob().readall(), b"content", "a cool blob is read")
cold = container.upload_blob("cold", b"x", standard_blob_tier=StandardBlobTier.COLD)
checks.equal(cold.get_blob_properties().blob_tier, "Cold", "the tier of an upload")
listed = {entry.name: entry.blob_tier for entry in container.list_blobs()}
checks.equal(listed, {"blob": "Cool", "cold": "Cold", "large": "Hot"}, "tiers in a listing")
cold.set_standard_blob_tier(StandardBlobTier.ARCHIVE)
with checks.refused(ResourceExistsError, "BlobArchived", 409, "reading from the archive"):
    cold.download_blob()
checks.equal(cold.get_blob_properties().blob_tier, "Archive", "what lies in the archive has properties")
with checks.refused(HttpResponseError, "InvalidBlobTier", 400, "a tier that is none"):
    blob.set_standard_blob_tier("Lukewarm")
checks.done()
