"""What is said of blobs beside their bytes: properties, metadata, tags, tiers and snapshots."""

import checks
from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError)
from azure.storage.blob import ContentSettings, RehydratePriority, StandardBlobTier

service = checks.service(max_single_put_size=100_000, max_block_size=50_000)
container = service.create_container("annotations")
content = checks.noise(230_000)

# Properties and metadata of a blob of many blocks: described anew without its bytes.
blob = container.upload_blob("blob", content, metadata={"old": "1"}, content_settings=ContentSettings(
    content_type="text/plain", content_language="de"))
before = blob.get_blob_properties()
blob.set_http_headers(ContentSettings(content_type="application/sql", cache_control="no-store"))
described = blob.get_blob_properties()
checks.equal((described.content_settings.content_type, described.content_settings.cache_control,
              described.content_settings.content_language), ("application/sql", "no-store", None), "new headers")
checks.equal(described.metadata, {"old": "1"}, "metadata outlives new headers")
checks.that(described.etag != before.etag, "new headers change the ETag")
answer = blob.set_blob_metadata({"new": "2"}, etag=described.etag, match_condition=MatchConditions.IfNotModified)
checks.equal(blob.get_blob_properties().metadata, {"new": "2"}, "new metadata")
checks.equal(blob.get_blob_properties().etag, answer["etag"], "the ETag that was answered")
with checks.refused(ResourceModifiedError, "ConditionNotMet", 412, "metadata of another state"):
    blob.set_blob_metadata({}, etag=described.etag, match_condition=MatchConditions.IfNotModified)
with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "headers of no blob"):
    container.get_blob_client("none").set_http_headers(ContentSettings())
checks.that(blob.download_blob(max_concurrency=2).readall() == content, "the bytes are what they were")
checks.equal([block.size for block in blob.get_block_list()[0]], [50_000] * 4 + [30_000], "the blocks, too")

# Tags.
etag = blob.get_blob_properties().etag
checks.equal(blob.get_blob_tags(), {}, "no tags")
blob.set_blob_tags({"project": "a b", "path": "x/y:z=1", "empty": ""})
checks.equal(blob.get_blob_tags(), {"project": "a b", "path": "x/y:z=1", "empty": ""}, "tags come back")
checks.equal((blob.get_blob_properties().tag_count, blob.get_blob_properties().etag), (3, etag), "tags are counted")
tagged = container.upload_blob("tagged", b"x", tags={"k": "v+w"})
checks.equal(tagged.get_blob_tags(), {"k": "v+w"}, "tags of a small upload")
container.upload_blob("tagged-large", content, tags={"k": "large"})
checks.equal(container.get_blob_client("tagged-large").get_blob_tags(), {"k": "large"}, "tags of a large upload")
listed = {entry.name: entry.tags for entry in container.list_blobs(include=["tags"])}
checks.equal(listed, {"blob": {"project": "a b", "path": "x/y:z=1", "empty": ""}, "tagged": {"k": "v+w"},
                      "tagged-large": {"k": "large"}}, "tags in a listing")
tagged.upload_blob(b"y", overwrite=True)
checks.equal(tagged.get_blob_tags(), {}, "an upload without tags clears them")
with checks.refused(HttpResponseError, "TagsTooLarge", 400, "eleven tags"):
    blob.set_blob_tags({f"k{number}": "v" for number in range(11)})
with checks.refused(HttpResponseError, "InvalidTag", 400, "a tag with a character that none may have"):
    blob.set_blob_tags({"k": "a#b"})
with checks.refused(HttpResponseError, "UnsupportedHeader", 400, "a condition on tags"):
    blob.delete_blob(if_tags_match_condition="\"k\" = 'v'")
with checks.refused(HttpResponseError, "NotImplemented", 501, "finding by tags"):
    list(service.find_blobs_by_tags("\"k\" = 'v'"))

# Tiers.
checks.equal((blob.get_blob_properties().blob_tier, blob.get_blob_properties().blob_tier_inferred), ("Hot", True), "hot")
for tier in [StandardBlobTier.COOL, StandardBlobTier.COLD, StandardBlobTier.ARCHIVE]:
    blob.set_standard_blob_tier(tier)
    found = blob.get_blob_properties()
    checks.equal((found.blob_tier, found.blob_tier_inferred, found.etag), (tier.value, None, etag), f"tier {tier.value}")
    checks.that(found.blob_tier_change_time is not None, "the time of the change")
with checks.refused(ResourceExistsError, "BlobArchived", 409, "reading from the archive"):
    blob.download_blob()
with checks.refused(ResourceExistsError, "BlobArchived", 409, "replacing what is in the archive"):
    blob.upload_blob(b"x", overwrite=True)
checks.equal({entry.name: entry.blob_tier for entry in container.list_blobs()},
             {"blob": "Archive", "tagged": "Hot", "tagged-large": "Hot"}, "tiers in a listing")
blob.set_standard_blob_tier(StandardBlobTier.HOT, rehydrate_priority=RehydratePriority.high)
checks.that(blob.download_blob().readall() == content, "back from the archive")
checks.equal(container.upload_blob("cool", b"x", standard_blob_tier=StandardBlobTier.COOL)
             .get_blob_properties().blob_tier, "Cool", "the tier of an upload")
with checks.refused(HttpResponseError, "InvalidBlobTier", 400, "a tier there is none of"):
    blob.set_standard_blob_tier("Tepid")

# Snapshots.
kept = service.create_container("snapshots")
blob = kept.upload_blob("blob", content, metadata={"m": "1"})
first = blob.create_snapshot()
checks.equal(first["etag"], blob.get_blob_properties().etag, "a snapshot is the blob's state")
blob.upload_blob(b"second", overwrite=True)
second = blob.create_snapshot(metadata={"own": "2"})
checks.that(first["snapshot"] < second["snapshot"], "the ids of snapshots grow")
blob.upload_blob(b"third", overwrite=True)
old = kept.get_blob_client("blob", snapshot=first["snapshot"])
checks.that(old.download_blob(max_concurrency=2).readall() == content, "the bytes of a snapshot")
checks.that(old.download_blob(100_000, 70_000).readall() == content[100_000:170_000], "a range of a snapshot")
checks.equal((old.get_blob_properties().metadata, old.get_blob_properties().snapshot), ({"m": "1"}, first["snapshot"]),
             "the properties of a snapshot")
checks.equal(len(old.get_block_list()[0]), 5, "the blocks of a snapshot")
checks.equal(kept.get_blob_client("blob", snapshot=second["snapshot"]).get_blob_properties().metadata, {"own": "2"},
             "a snapshot's own metadata")
checks.equal(blob.download_blob().readall(), b"third", "the blob itself")
for size in [None, 1, 2, 3]:
    listed = [(entry.name, entry.snapshot) for entry in kept.list_blobs(include=["snapshots"], results_per_page=size)]
    checks.equal(listed, [("blob", first["snapshot"]), ("blob", second["snapshot"]), ("blob", None)],
                 f"snapshots in a listing by {size}")
checks.equal([entry.snapshot for entry in kept.list_blobs()], [None], "a listing without snapshots")
with checks.refused(HttpResponseError, "InvalidQueryParameterValue", 400, "snapshots in a listing by folders"):
    list(kept.walk_blobs(include=["snapshots"]))
with checks.refused(ResourceExistsError, "SnapshotsPresent", 409, "removing a blob without its snapshots"):
    blob.delete_blob()
old.delete_blob()
with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "a removed snapshot"):
    old.download_blob()
blob.delete_blob(delete_snapshots="only")
checks.equal([entry.snapshot for entry in kept.list_blobs(include=["snapshots"])], [None], "no snapshot is left")
blob.create_snapshot()
blob.delete_blob(delete_snapshots="include")
checks.equal(list(kept.list_blobs(include=["snapshots"])), [], "nothing is left")
checks.done()
