"""The asynchronous half of the SDK: one pass over what the other programs look at closely."""

import asyncio
import os

import checks
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient


async def pieces(content):
    for start in range(0, len(content), 50_000):
        yield content[start:start + 50_000]


async def main():
    content = checks.noise(2_000_000)
    async with BlobServiceClient.from_connection_string(
            os.environ["AZURE_STORAGE_CONNECTION_STRING"], retry_total=0, max_block_size=300_000,
            max_single_put_size=400_000, max_single_get_size=300_000, max_chunk_get_size=300_000) as service:
        container = await service.create_container("asynchronous")
        await asyncio.gather(*(container.upload_blob(f"at-once/{number}", content[:number]) for number in range(20)))
        checks.equal([(blob.name, blob.size) async for blob in container.list_blobs(name_starts_with="at-once/1")],
                     [(f"at-once/{number}", number) for number in [1, *range(10, 20)]], "twenty uploads at once")
        blob = await container.upload_blob("stream", pieces(content), max_concurrency=3, metadata={"kind": "stream"})
        checks.equal([block.size for block in (await blob.get_block_list())[0]], [300_000] * 6 + [200_000], "blocks")
        checks.that(await (await blob.download_blob(max_concurrency=3)).readall() == content, "a stream comes back")
        found = b""
        async for piece in (await blob.download_blob(500_000, 1_000_000)).chunks():
            found += piece
        checks.that(found == content[500_000:1_500_000], "a range comes back in chunks")
        checks.equal((await blob.get_blob_properties()).metadata, {"kind": "stream"}, "metadata")
        with checks.refused(ResourceExistsError, "BlobAlreadyExists", 409, "an upload over a blob"):
            await blob.upload_blob(content)
        await blob.delete_blob()
        with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "reading a removed blob"):
            await blob.download_blob()
        await container.delete_container()
        checks.equal([entry.name async for entry in service.list_containers()], [], "no container is left")


asyncio.run(main())
checks.done()
