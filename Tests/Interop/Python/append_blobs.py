"""Append blobs: logs that several writers may add to."""

import checks
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError
from azure.storage.blob import BlobType

container = checks.service(max_block_size=1 << 20).create_container("append")
blob = container.get_blob_client("log")
blob.create_append_blob(metadata={"kind": "log"})
found = blob.get_blob_properties()
checks.equal((found.size, found.blob_type, found.append_blob_committed_block_count, found.metadata),
             (0, BlobType.APPENDBLOB, 0, {"kind": "log"}), "a new append blob")
answer = blob.append_block(b"first\n")
checks.equal((int(answer["blob_append_offset"]), int(answer["blob_committed_block_count"])), (0, 1), "the first block")
answer = blob.append_block(b"second\n", validate_content=True)
checks.equal((int(answer["blob_append_offset"]), int(answer["blob_committed_block_count"])), (6, 2), "the second block")
checks.equal(blob.download_blob().readall(), b"first\nsecond\n", "both blocks")
checks.equal(blob.download_blob(offset=3, length=5).readall(), b"st\nse", "a range over two blocks")
blob.append_block(b"third\n", appendpos_condition=13)
with checks.refused(HttpResponseError, "AppendPositionConditionNotMet", 412, "a block at another position"):
    blob.append_block(b"x", appendpos_condition=13)
with checks.refused(HttpResponseError, "MaxBlobSizeConditionNotMet", 412, "a block over the largest size allowed"):
    blob.append_block(b"x" * 10, maxsize_condition=20)
with checks.refused(ResourceModifiedError, "ConditionNotMet", 412, "a block to a state that is past"):
    blob.append_block(b"x", etag=answer["etag"], match_condition=MatchConditions.IfNotModified)
checks.equal(blob.get_blob_properties().size, 19, "what was refused has added nothing")

content = checks.noise(3_500_000)
blob.upload_blob(content, blob_type=BlobType.APPENDBLOB)
checks.that(blob.download_blob().readall() == b"first\nsecond\nthird\n" + content, "upload_blob adds to it")
checks.equal(blob.get_blob_properties().append_blob_committed_block_count, 7, "in blocks")
blob.upload_blob(checks.Unmeasured(content[:2_000_000]), blob_type=BlobType.APPENDBLOB, overwrite=True)
checks.that(blob.download_blob().readall() == content[:2_000_000], "or replaces it, from a stream of unknown length")
listed = next(iter(container.list_blobs()))
checks.equal((listed.blob_type, listed.size), (BlobType.APPENDBLOB, 2_000_000), "an append blob in a listing")

container.upload_blob("block blob", b"x")
with checks.refused(ResourceExistsError, "InvalidBlobType", 409, "adding to a block blob"):
    container.get_blob_client("block blob").append_block(b"x")
with checks.refused(ResourceExistsError, "InvalidBlobType", 409, "staging a block of an append blob"):
    blob.stage_block("MDAwMQ==", b"x")
blob.seal_append_blob()
checks.that(blob.get_blob_properties().is_append_blob_sealed, "a sealed blob says so")
with checks.refused(ResourceExistsError, "BlobIsSealed", 409, "adding to a sealed blob"):
    blob.append_block(b"x")
blob.delete_blob()
checks.that(not blob.exists(), "a removed append blob")
checks.done()
