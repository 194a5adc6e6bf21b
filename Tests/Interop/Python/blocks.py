"""Blocks: staged in any order, listed, committed, replaced, refused."""

import base64

import checks
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.core import MatchConditions
from azure.storage.blob import BlobBlock, BlockState


def name(number):
    return f"block-{number:05}"


container = checks.service().create_container("blocks")
blob = container.get_blob_client("staged")
pieces = [checks.noise(10_000 + number, seed=number) for number in range(5)]

for number in [3, 0, 4, 1, 2]:
    blob.stage_block(name(number), pieces[number])
checks.that(not blob.exists(), "a blob with uncommitted blocks only does not exist")
with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "reading uncommitted blocks"):
    blob.download_blob()
committed, uncommitted = blob.get_block_list("all")
checks.equal(committed, [], "no block is committed yet")
checks.equal(sorted((block.id, block.size) for block in uncommitted),
             [(name(number), 10_000 + number) for number in range(5)], "the uncommitted blocks")
checks.equal(list(container.list_blobs()), [], "uncommitted blobs are not listed")
checks.equal([entry.name for entry in container.list_blobs(include=["uncommittedblobs"])], ["staged"],
             "uncommitted blobs are listed when asked for")

blob.stage_block(name(2), b"replaced")
pieces[2] = b"replaced"
blob.commit_block_list([BlobBlock(name(number)) for number in range(5)], metadata={"made": "of_blocks"})
checks.equal(blob.download_blob().readall(), b"".join(pieces), "the committed blocks, in the order of the list")
checks.equal(blob.get_blob_properties().metadata, {"made": "of_blocks"}, "metadata given with the block list")
committed, uncommitted = blob.get_block_list("all")
checks.equal([block.id for block in committed], [name(number) for number in range(5)], "the committed block list")
checks.equal(uncommitted, [], "nothing is left uncommitted")

# A second list may take blocks from both sides, repeat them and leave some out.
blob.stage_block(name(7), b"new")
before = blob.get_blob_properties().etag
blob.commit_block_list([
    BlobBlock(name(4), state=BlockState.COMMITTED), BlobBlock(name(7), state=BlockState.UNCOMMITTED),
    BlobBlock(name(0)), BlobBlock(name(7)),
])
checks.equal(blob.download_blob().readall(), pieces[4] + b"new" + pieces[0] + b"new", "a list that mixes both sides")
checks.that(blob.get_blob_properties().etag != before, "a new list changes the ETag")

with checks.refused(HttpResponseError, "InvalidBlockList", 400, "a list with a block that was never staged"):
    blob.commit_block_list([BlobBlock("block-unknown")])
with checks.refused(HttpResponseError, "InvalidBlockList", 400, "a list with a block that an earlier list left out"):
    blob.commit_block_list([BlobBlock(name(1))])
checks.equal(blob.get_blob_properties().size, len(pieces[4]) + 3 + len(pieces[0]) + 3, "a refused list changes nothing")
blob.stage_block(name(6), b"x")
with checks.refused(HttpResponseError, "InvalidBlobOrBlock", 400, "block names of different lengths"):
    blob.stage_block("block-00000-longer", b"x")
with checks.refused(ResourceExistsError, "BlobAlreadyExists", 409, "a create-only list over a blob"):
    blob.commit_block_list([BlobBlock(name(0))], match_condition=MatchConditions.IfMissing)

blob.stage_block(name(8), b"checked", validate_content=True)
wrong = base64.b64encode(bytes(16)).decode()
with checks.refused(HttpResponseError, "Md5Mismatch", 400, "a block whose MD5 is wrong"):
    blob.stage_block(name(9), b"checked", headers={"Content-MD5": wrong})
checks.equal([block.id for block in blob.get_block_list("uncommitted")[1]], [name(6), name(8)], "a refused block is not staged")

empty = container.get_blob_client("empty")
empty.commit_block_list([])
checks.equal(empty.get_blob_properties().size, 0, "a blob of no blocks")
many = container.get_blob_client("many")
for number in range(300):
    many.stage_block(name(number), bytes([number % 256]))
many.commit_block_list([BlobBlock(name(number)) for number in reversed(range(300))] * 100)
checks.equal(many.download_blob().readall(), bytes(number % 256 for number in reversed(range(300))) * 100,
             "a list of 30,000 entries")
with checks.refused(HttpResponseError, "BlockListTooLong", 400, "a list of more than 50,000 entries"):
    many.commit_block_list([BlobBlock(name(0))] * 50_001)
checks.done()
