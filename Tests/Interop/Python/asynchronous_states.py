"""The asynchronous half of the SDK, beyond storing bytes: leases, metadata, tags, snapshots, copies, batches."""

import asyncio
import os

import checks
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.storage.blob import BlobType, ContentSettings, StandardBlobTier
from azure.storage.blob.aio import BlobServiceClient


async def states(container):
    content = checks.noise(900_000)
    blob = await container.upload_blob("blob", content, tags={"kind": "dump"})
    await blob.set_blob_metadata({"first": "1"})
    await blob.set_http_headers(ContentSettings("text/plain"))
    found = await blob.get_blob_properties()
    checks.equal((found.metadata, found.content_settings.content_type, found.tag_count),
                 ({"first": "1"}, "text/plain", 1), "metadata and properties")
    await blob.set_blob_tags({"kind": "archive"})
    checks.equal(await blob.get_blob_tags(), {"kind": "archive"}, "tags")
    await blob.set_standard_blob_tier(StandardBlobTier.COOL)
    checks.equal((await blob.get_blob_properties()).blob_tier, "Cool", "a tier")

    lease = await blob.acquire_lease(lease_duration=60)
    with checks.refused(HttpResponseError, "LeaseIdMissing", 412, "removing a leased blob"):
        await blob.delete_blob()
    with checks.refused(ResourceExistsError, "LeaseAlreadyPresent", 409, "a second lease"):
        await blob.acquire_lease()
    await lease.renew()
    await lease.release()
    checks.equal((await blob.get_blob_properties()).lease.state, "available", "a released lease")

    snapshot = (await blob.create_snapshot())["snapshot"]
    await blob.upload_blob(b"replaced", overwrite=True)
    old = container.get_blob_client("blob", snapshot=snapshot)
    checks.that(await (await old.download_blob()).readall() == content, "a snapshot")
    copy = container.get_blob_client("copy")
    answer = await copy.start_copy_from_url(old.url)
    checks.equal(answer["copy_status"], "success", "a copy")
    checks.that(await (await copy.download_blob()).readall() == content, "the bytes of a copy of a snapshot")
    listed = [(entry.name, entry.snapshot) async for entry in container.list_blobs(include=["snapshots", "copy"])]
    checks.equal(listed, [("blob", snapshot), ("blob", None), ("copy", None)], "a listing with snapshots")

    log = container.get_blob_client("log")
    await log.create_append_blob()
    for word in [b"first ", b"second"]:
        await log.append_block(word)
    checks.equal(await (await log.download_blob()).readall(), b"first second", "an append blob")
    checks.equal((await log.get_blob_properties()).blob_type, BlobType.APPENDBLOB, "says what it is")


async def batch(container):
    names = [f"many/{number:03} ü" for number in range(120)]
    await asyncio.gather(*(container.upload_blob(name, b"x") for name in names))
    tiers = await container.set_standard_blob_tier_blobs(StandardBlobTier.COOL, *names[:20])
    checks.equal([answer.status_code async for answer in tiers], [200] * 20, "twenty tiers at once")
    answers = await container.delete_blobs(*names, "none", raise_on_any_failure=False)
    checks.equal([answer.status_code async for answer in answers], [202] * 120 + [404], "120 removals, one of nothing")
    left = [blob.name async for blob in container.list_blobs(name_starts_with="many/")]
    checks.equal(left, [], "nothing of them is left")


async def main():
    async with BlobServiceClient.from_connection_string(
            os.environ["AZURE_STORAGE_CONNECTION_STRING"], retry_total=0) as service:
        container = await service.create_container("states")
        await states(container)
        await batch(container)


asyncio.run(main())
checks.done()
