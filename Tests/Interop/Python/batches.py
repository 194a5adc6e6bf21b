"""Batches: many removals or tiers in one request, and one answer for each."""

import asyncio
import os

import checks
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import (
    ContainerClient, ContainerSasPermissions, PartialBatchErrorException, StandardBlobTier, generate_container_sas)
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient

service = checks.service()
container = service.create_container("batches")
names = ["a b", "ünï/cödé", "100%", "a+b", "a&b=c", *(f"plain/{number:03}" for number in range(195))]
for name in names:
    container.upload_blob(name, b"x")

answers = list(container.delete_blobs(*names[:100]))
checks.equal([answer.status_code for answer in answers], [202] * 100, "a hundred removals, odd names among them")
checks.equal(len(list(container.list_blobs())), len(names) - 100, "they are gone")
try:
    container.delete_blobs(names[100], "none", names[101])
    checks.that(False, "a batch of which a part fails")
except PartialBatchErrorException as error:
    checks.equal(sorted(part.status_code for part in error.parts), [202, 202, 404], "each has its own answer")
answers = list(container.delete_blobs(names[102], "none", raise_on_any_failure=False))
checks.equal([(answer.status_code, answer.headers.get("x-ms-error-code")) for answer in answers],
             [(202, None), (404, "BlobNotFound")], "the answers are in the order of the requests")

blobs = names[103:110]
answers = list(container.set_standard_blob_tier_blobs(StandardBlobTier.COOL, *blobs))
checks.equal([answer.status_code for answer in answers], [200] * 7, "seven tiers")
checks.equal({container.get_blob_client(name).get_blob_properties().blob_tier for name in blobs}, {"Cool"}, "all are cool")

container.get_blob_client(names[110]).create_snapshot()
answers = list(container.delete_blobs({"name": names[110], "delete_snapshots": "include"}))
checks.equal([answer.status_code for answer in answers], [202], "a blob with its snapshots")
lease = container.get_blob_client(names[111]).acquire_lease()
answers = list(container.delete_blobs(names[111], {"name": names[112]}, raise_on_any_failure=False))
checks.equal([answer.status_code for answer in answers], [412, 202], "a leased blob stays")
answers = list(container.delete_blobs({"name": names[111], "lease_id": lease}))
checks.equal([answer.status_code for answer in answers], [202], "its holder removes it")
try:
    container.delete_blobs(*(f"none/{number}" for number in range(257)))
    checks.that(False, "more than 256 requests")
except HttpResponseError as error:
    checks.equal(error.status_code, 400, "more than 256 requests")

# By a token: each part is judged by what the token permits.
fields = checks.connection()
for permission, expected in [(ContainerSasPermissions(delete=True), 202), (ContainerSasPermissions(read=True), 403)]:
    token = generate_container_sas(fields["AccountName"], "batches", account_key=fields["AccountKey"],
                                   permission=permission, expiry=checks.from_now(hours=1))
    holder = ContainerClient(fields["BlobEndpoint"], "batches", credential=token, retry_total=0)
    try:
        status = next(iter(holder.delete_blobs(names[113], raise_on_any_failure=False))).status_code
    except HttpResponseError as error:
        status = error.status_code
    checks.equal(status, expected, f"a batch by a token that permits {permission}")


async def asynchronous():
    async with AsyncBlobServiceClient.from_connection_string(os.environ["AZURE_STORAGE_CONNECTION_STRING"]) as client:
        there = client.get_container_client("batches")
        return [answer.status_code async for answer in await there.delete_blobs(*names[120:])]


checks.equal(asyncio.run(asynchronous()), [202] * 80, "eighty removals, asynchronously")
checks.equal(sorted(blob.name for blob in container.list_blobs()), sorted(names[103:110] + names[114:120]), "what is left")
checks.done()
