"""Append blobs: written by the SDK's upload, block by block, under conditions, and sealed."""

import checks
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

service = checks.service(max_block_size=50_000)
container = service.create_container("appending")
log = container.get_blob_client("log")
log.create_append_blob(metadata={"kind": "log"}, tags={"k": "v"})
checks.equal((log.get_blob_properties().blob_type, log.get_blob_properties().size), ("AppendBlob", 0), "made empty")
checks.equal(log.get_blob_tags(), {"k": "v"}, "the tags of an append blob")
pieces = [checks.noise(size, seed=size) for size in [1, 20_000, 4_000_000]]
offset = 0
for number, piece in enumerate(pieces):
    answer = log.append_block(piece, appendpos_condition=offset, validate_content=True)
    checks.equal((answer["blob_append_offset"], answer["blob_committed_block_count"]), (str(offset), number + 1),
                 f"where block {number} went")
    offset += len(piece)
checks.that(log.download_blob().readall() == b"".join(pieces), "the blocks in their order")
checks.equal(log.get_blob_properties().append_blob_committed_block_count, 3, "the number of blocks")
with checks.refused(HttpResponseError, "AppendPositionConditionNotMet", 412, "a block where the blob does not end"):
    log.append_block(b"x", appendpos_condition=1)
with checks.refused(HttpResponseError, "MaxBlobSizeConditionNotMet", 412, "a block beyond the largest size"):
    log.append_block(b"x", maxsize_condition=offset)
checks.equal([(entry.name, entry.blob_type, entry.size) for entry in container.list_blobs()],
             [("log", "AppendBlob", offset)], "an append blob in a listing")
log.seal_append_blob()
checks.equal(log.get_blob_properties().is_append_blob_sealed, True, "sealed")
with checks.refused(ResourceExistsError, "BlobIsSealed", 409, "a block on a sealed blob"):
    log.append_block(b"x")

# The upload of the SDK appends to what is there, or begins anew.
content = checks.noise(230_000)
uploaded = container.upload_blob("uploaded", content, blob_type="AppendBlob")
uploaded.upload_blob(checks.Unmeasured(content), blob_type="AppendBlob")
checks.that(uploaded.download_blob().readall() == content * 2, "an upload that appends")
uploaded.upload_blob(content, blob_type="AppendBlob", overwrite=True)
checks.that(uploaded.download_blob().readall() == content, "an upload that begins anew")
snapshot = uploaded.create_snapshot()
uploaded.append_block(b"more")
kept = container.get_blob_client("uploaded", snapshot=snapshot["snapshot"])
checks.that(kept.download_blob().readall() == content, "a snapshot of an append blob does not grow")

# Kinds are not mixed.
with checks.refused(ResourceExistsError, "InvalidBlobType", 409, "a block blob over an append blob"):
    log.upload_blob(b"x", overwrite=True)
with checks.refused(ResourceExistsError, "InvalidBlobType", 409, "a block of an append blob"):
    log.stage_block("1", b"x")
with checks.refused(ResourceExistsError, "InvalidBlobType", 409, "the block list of an append blob"):
    log.get_block_list()
block_blob = container.upload_blob("block", b"x")
with checks.refused(ResourceExistsError, "InvalidBlobType", 409, "a block appended to a block blob"):
    block_blob.append_block(b"x")
with checks.refused(ResourceExistsError, "InvalidBlobType", 409, "an append blob over a block blob"):
    block_blob.create_append_blob()
with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "a block appended to no blob"):
    container.get_blob_client("none").append_block(b"x")
with checks.refused(HttpResponseError, "NotImplemented", 501, "a page blob"):
    container.get_blob_client("pages").create_page_blob(512)
checks.done()
