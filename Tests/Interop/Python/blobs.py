"""Whole blobs: uploads in every form, properties, metadata, conditions, names and removal."""

import io

import checks
from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError)
from azure.storage.blob import ContentSettings

service = checks.service(max_block_size=100_000, max_single_put_size=150_000, min_large_block_upload_threshold=60_000)
container = service.create_container("blobs")

# Sizes around the borders between one request and many, and between blocks.
for size in [0, 1, 99_999, 100_000, 150_000, 150_001, 200_000, 1_234_567]:
    content = checks.noise(size, seed=size)
    blob = container.get_blob_client(f"bytes/{size}")
    blob.upload_blob(content)
    checks.that(blob.download_blob().readall() == content, f"{size} uploaded bytes come back")
    checks.equal(blob.get_blob_properties().size, size, f"the size of {size} bytes")

content = checks.noise(1_000_003)
for name, stream, settings in [
    ("unmeasured", checks.Unmeasured(content), {}),
    ("measured", io.BytesIO(content), {"length": len(content)}),
    ("generator", (content[start:start + 33_333] for start in range(0, len(content), 33_333)), {}),
    ("concurrent", checks.Unmeasured(content), {"max_concurrency": 4}),
]:
    blob = container.upload_blob(f"stream/{name}", stream, **settings)
    checks.that(blob.download_blob().readall() == content, f"a stream ({name}) comes back")
    committed, uncommitted = blob.get_block_list("all")
    checks.equal([block.size for block in committed], [100_000] * 10 + [3], f"the blocks of a stream ({name})")
    checks.equal(uncommitted, [], f"nothing is left uncommitted of a stream ({name})")

container.upload_blob("text", "grüße", encoding="utf-8")
checks.equal(container.download_blob("text", encoding="utf-8").readall(), "grüße", "text comes back")

# Properties and metadata.
described = container.get_blob_client("described")
settings = ContentSettings(
    content_type="application/sql", content_encoding="identity", content_language="de", cache_control="no-store",
    content_disposition='attachment; filename="a b.sql"')
metadata = {"penstock_database": "sch%C3%A4ma", "Case": "Kept", "empty_": "", "signs": "a=b; c,d \"e\" & <f>"}
answer = described.upload_blob(b"described", metadata=metadata, content_settings=settings)
checks.that(answer["etag"].startswith('"') and answer["last_modified"] is not None, "an upload answers ETag and time")
found = described.get_blob_properties()
for key in ["content_type", "content_encoding", "content_language", "cache_control", "content_disposition"]:
    checks.equal(found.content_settings[key], settings[key], f"the property {key}")
checks.equal({key.lower(): value for key, value in found.metadata.items()},
             {key.lower(): value for key, value in metadata.items()}, "the metadata of a blob")
checks.equal(found.blob_type, "BlockBlob", "the type of a blob")
checks.equal(found.etag, answer["etag"], "the ETag of the upload is the blob's")
checks.that(found.creation_time <= found.last_modified, "a blob is made before it is changed")
checks.equal(found.lease.state, "available", "the state of the lease")
listed = next(iter(container.list_blobs(name_starts_with="described", include=["metadata"])))
checks.equal({key.lower(): value or "" for key, value in listed.metadata.items()},
             {key.lower(): value for key, value in metadata.items()}, "the metadata in a listing")
checks.equal((listed.etag.strip('"'), listed.size, listed.content_settings.content_type),
             (found.etag.strip('"'), 9, "application/sql"), "the properties in a listing")
with checks.refused(HttpResponseError, "InvalidMetadata", 400, "metadata whose name is no identifier"):
    container.upload_blob("bad", b"", metadata={"not-a-name": "x"})

# Conditions.
with checks.refused(ResourceExistsError, "BlobAlreadyExists", 409, "a small upload over a blob, not asked to replace"):
    described.upload_blob(b"other")
with checks.refused(ResourceExistsError, "BlobAlreadyExists", 409, "a large upload over a blob, not asked to replace"):
    described.upload_blob(content)
with checks.refused(ResourceModifiedError, "ConditionNotMet", 412, "replacing with a wrong ETag"):
    described.upload_blob(b"x", overwrite=True, etag='"0x1"', match_condition=MatchConditions.IfNotModified)
replaced = described.upload_blob(
    b"replaced", overwrite=True, etag=answer["etag"], match_condition=MatchConditions.IfNotModified)
checks.that(replaced["etag"] != answer["etag"], "a replaced blob has another ETag")
checks.equal(described.download_blob().readall(), b"replaced", "a blob is replaced where its ETag fits")
checks.equal(described.get_blob_properties().metadata, {}, "replacing a blob takes its metadata away")
with checks.refused(ResourceModifiedError, "ConditionNotMet", 304, "reading what has not changed"):
    described.download_blob(etag=replaced["etag"], match_condition=MatchConditions.IfModified)
checks.equal(described.download_blob(etag=answer["etag"], match_condition=MatchConditions.IfModified).readall(),
             b"replaced", "reading what has changed")
with checks.refused(ResourceModifiedError, "ConditionNotMet", 412, "reading another state than the one named"):
    described.download_blob(etag=answer["etag"], match_condition=MatchConditions.IfNotModified)
with checks.refused(ResourceModifiedError, "ConditionNotMet", 412, "reading what has changed since yesterday"):
    described.download_blob(if_unmodified_since=checks.from_now(days=-1))
with checks.refused(ResourceModifiedError, "ConditionNotMet", 412, "removing another state than the one named"):
    described.delete_blob(etag=answer["etag"], match_condition=MatchConditions.IfNotModified)
described.delete_blob(etag=replaced["etag"], match_condition=MatchConditions.IfNotModified)
checks.that(not described.exists(), "a removed blob does not exist")

# What is not there.
with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "the properties of no blob"):
    described.get_blob_properties()
with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "reading no blob"):
    described.download_blob()
with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "removing no blob"):
    described.delete_blob()
with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "the blocks of no blob"):
    described.get_block_list()

# Names that URLs, paths and XML could trip over.
names = [
    "a b", "a+b", "a%2Fb", "a%b", "100%", "a?b=c&d", "a#b", "a;b", "a&b<c>\"'", "ünï/cödé/表", "🗄️/dump.sql",
    "e\u0301 is not é", "x" * 1024, "a//b", "/leading", "..a/..b", ".hidden", "a\\b", "[brackets]{braces}", "~tilde^",
    "comp=list", "name.with.dots...x", "CASE", "case", "a:b@c", "!$'()*,=",
]
hostile = service.create_container("hostile")
for name in names:
    blob = hostile.get_blob_client(name)
    blob.upload_blob(name.encode())
    checks.equal(blob.download_blob().readall(), name.encode(), f"the blob named {name[:40]!r}")
listed = [entry.name for entry in hostile.list_blobs()]
checks.equal(sorted(listed), sorted(names), "hostile names in a listing")
checks.equal(listed, sorted(names, key=lambda name: name.encode()), "a listing is in the order of the bytes")
for name in names:
    hostile.delete_blob(name)
checks.equal(list(hostile.list_blobs()), [], "every hostile name can be removed")
with checks.refused(HttpResponseError, "InvalidResourceName", 400, "a control character in a name"):
    hostile.upload_blob("tab\there", b"")
with checks.refused(HttpResponseError, "OutOfRangeInput", 400, "a blob name of 1,025 characters"):
    hostile.upload_blob("x" * 1025, b"")
checks.done()
