"""The SDK's own retries against a service with a fault plan: what is stored and read is whole all the same."""

import asyncio
import collections
import os

import checks
from azure.storage.blob import BlobServiceClient, LinearRetry
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient
from azure.storage.blob.aio import LinearRetry as AsyncLinearRetry

answers = collections.Counter()
content = checks.noise(3_000_000)
again = dict(backoff=0, retry_total=5, random_jitter_range=0)
settings = dict(
    raw_response_hook=lambda response: answers.update([response.http_response.status_code]), max_single_put_size=250_000,
    max_block_size=250_000, max_single_get_size=500_000, max_chunk_get_size=500_000)
connection = os.environ["AZURE_STORAGE_CONNECTION_STRING"]


def synchronous():
    service = BlobServiceClient.from_connection_string(connection, retry_policy=LinearRetry(**again), **settings)
    container = service.create_container("bad-day")
    blob = container.get_blob_client("blob")
    # The answer to the block list is lost, so it is sent twice: that is no conflict where replacing is allowed.
    blob.upload_blob(content, overwrite=True)
    checks.equal(blob.get_blob_properties().size, len(content), "the size of what was uploaded on a bad day")
    checks.equal([block.size for block in blob.get_block_list()[0]], [250_000] * 12, "each block is there once")
    checks.that(blob.download_blob().readall() == content, "a download on a bad day")
    checks.equal([entry.name for entry in container.list_blobs()], ["blob"], "a listing on a bad day")
    for number in range(6):
        container.upload_blob(f"small/{number}", b"%d" % number, overwrite=True)
    checks.equal([container.download_blob(f"small/{number}").readall() for number in range(6)],
                 [b"%d" % number for number in range(6)], "small blobs")
    checks.equal((answers[503], answers[500]), (3, 2), "the faults that the client has seen")


async def pieces():
    for start in range(0, len(content), 77_777):
        yield content[start:start + 77_777]


async def asynchronous():
    async with AsyncBlobServiceClient.from_connection_string(
            connection, retry_policy=AsyncLinearRetry(**again), **settings) as service:
        blob = service.get_blob_client("bad-day", "stream")
        await blob.upload_blob(pieces(), overwrite=True, max_concurrency=2)
        checks.that(await (await blob.download_blob(max_concurrency=3)).readall() == content, "a stream, asynchronously")
        found = b"".join([piece async for piece in (await blob.download_blob()).chunks()])
        checks.that(found == content, "in chunks, asynchronously")


synchronous()
asyncio.run(asynchronous())
checks.done()
