"""Ten thousand blobs in one container: listed whole, by pages, by folders and by both halves of the SDK."""

import asyncio
import os

import checks
from azure.storage.blob import BlobPrefix
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient

COUNT = 10_000
names = [f"{number // 1000:02}/{number:05}.sql" for number in range(COUNT)]
connection = os.environ["AZURE_STORAGE_CONNECTION_STRING"]


async def upload():
    async with AsyncBlobServiceClient.from_connection_string(connection) as service:
        container = await service.create_container("many")
        turns = iter(range(COUNT))

        async def worker():
            for number in turns:
                await container.upload_blob(names[number], b"%d" % number, length=len(str(number)))
        await asyncio.gather(*(worker() for _ in range(16)))


async def listed(**options):
    async with AsyncBlobServiceClient.from_connection_string(connection) as service:
        blobs = service.get_container_client("many").list_blobs(**options)
        return [[blob.name async for blob in page] async for page in blobs.by_page()]


asyncio.run(upload())
container = checks.service().get_container_client("many")
blobs = list(container.list_blobs())
checks.equal(len(blobs), COUNT, "as many blobs as were uploaded")
checks.that([blob.name for blob in blobs] == names, "every name once, in order")
checks.that([blob.size for blob in blobs] == [len(str(number)) for number in range(COUNT)], "every size")
checks.equal(len({blob.etag for blob in blobs}), COUNT, "an ETag of its own for each")
pages = [[blob.name for blob in page] for page in container.list_blobs().by_page()]
checks.equal([len(page) for page in pages], [5000, 5000], "pages of at most 5,000")
checks.that(list(container.list_blob_names()) == names, "names alone")
pages = [[blob.name for blob in page] for page in container.list_blobs(results_per_page=999).by_page()]
checks.equal([len(page) for page in pages], [999] * 10 + [10], "pages of 999")
checks.that(sum(pages, []) == names, "nothing is lost between pages")
folders = list(container.walk_blobs())
checks.equal([(folder.name, isinstance(folder, BlobPrefix)) for folder in folders],
             [(f"{number:02}/", True) for number in range(10)], "ten folders")
checks.equal(len(list(container.list_blobs(name_starts_with="07/"))), 1000, "the blobs of one folder")
pages = asyncio.run(listed())
checks.equal([len(page) for page in pages], [5000, 5000], "pages, asynchronously")
checks.that(sum(pages, []) == names, "every name, asynchronously")
pages = asyncio.run(listed(name_starts_with="03/", results_per_page=123))
checks.that(sum(pages, []) == names[3000:4000], "the names of a folder by pages, asynchronously")
# A listing that goes on while blobs are removed: the others come all the same.
pages = container.list_blobs(results_per_page=1000).by_page()
seen = [blob.name for blob in next(pages)]
for name in [names[10], names[1000], names[5000]]:
    container.delete_blob(name)
seen += [blob.name for page in pages for blob in page]
checks.that(seen == [name for name in names if name not in (names[1000], names[5000])], "while blobs are removed")
checks.done()
