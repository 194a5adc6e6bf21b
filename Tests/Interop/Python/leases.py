"""Leases of blobs and containers, with the SDK's lease clients."""

import time
import uuid

import checks
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.storage.blob import BlobLeaseClient

container = checks.service().create_container("leases")
blob = container.upload_blob("blob", b"content")

lease = blob.acquire_lease(lease_duration=15)
state = blob.get_blob_properties().lease
checks.equal((state.status, state.state, state.duration), ("locked", "leased", "fixed"), "a leased blob")
checks.that(uuid.UUID(lease.id), "the id of a lease")
listed = next(iter(container.list_blobs())).lease
checks.equal((listed.status, listed.state, listed.duration), ("locked", "leased", "fixed"), "a lease in a listing")
with checks.refused(HttpResponseError, "LeaseIdMissing", 412, "replacing a leased blob"):
    blob.upload_blob(b"other", overwrite=True)
with checks.refused(HttpResponseError, "LeaseIdMissing", 412, "removing a leased blob"):
    blob.delete_blob()
with checks.refused(HttpResponseError, "LeaseIdMismatchWithBlobOperation", 412, "replacing it by another lease"):
    blob.upload_blob(b"other", overwrite=True, lease=str(uuid.uuid4()))
with checks.refused(ResourceExistsError, "LeaseAlreadyPresent", 409, "a second lease"):
    blob.acquire_lease(lease_duration=15)
checks.equal(blob.download_blob().readall(), b"content", "reading needs no lease")
checks.equal(blob.download_blob(lease=lease).readall(), b"content", "reading by the lease")
with checks.refused(HttpResponseError, "LeaseIdMismatchWithBlobOperation", 412, "reading by another lease"):
    blob.download_blob(lease=str(uuid.uuid4()))
blob.upload_blob(b"by the holder", overwrite=True, lease=lease)
checks.equal(blob.download_blob().readall(), b"by the holder", "the holder replaces the blob")
checks.equal(blob.get_blob_properties().lease.state, "leased", "and keeps the lease")
blob.stage_block("MDAwMQ==", b"staged", lease=lease)
blob.commit_block_list(["MDAwMQ=="], lease=lease)
checks.equal(blob.download_blob().readall(), b"staged", "the holder commits blocks")

other = str(uuid.uuid4())
lease.change(other)
checks.equal(lease.id, other, "a changed id")
lease.renew()
checks.equal(blob.get_blob_properties().lease.state, "leased", "a renewed lease")
lease.release()
state = blob.get_blob_properties().lease
checks.equal((state.status, state.state), ("unlocked", "available"), "a released lease")
with checks.refused(HttpResponseError, "LeaseNotPresentWithBlobOperation", 412, "a lease that is no more"):
    blob.upload_blob(b"x", overwrite=True, lease=other)
with checks.refused(ResourceExistsError, "LeaseIdMismatchWithLeaseOperation", 409, "renewing what was released"):
    BlobLeaseClient(blob, other).renew()

endless = blob.acquire_lease()
checks.equal(blob.get_blob_properties().lease.duration, "infinite", "a lease without end")
left = BlobLeaseClient(blob, endless.id).break_lease(lease_break_period=0)
checks.equal((left, blob.get_blob_properties().lease.state), (0, "broken"), "a broken lease")
named = str(uuid.uuid4())
checks.equal(blob.acquire_lease(lease_duration=15, lease_id=named).id, named, "a lease whose id the client chose")
left = BlobLeaseClient(blob).break_lease()
checks.that(1 <= left <= 15, f"a lease that breaks when it would end: {left}")
checks.equal(blob.get_blob_properties().lease.state, "breaking", "until then it is breaking")
with checks.refused(HttpResponseError, "InvalidHeaderValue", 400, "a lease of five seconds"):
    container.upload_blob("short", b"").acquire_lease(lease_duration=5)

# A lease ends by itself; the shortest is 15 seconds.
blob = container.upload_blob("expiring", b"content")
blob.acquire_lease(lease_duration=15)
end = time.monotonic() + 60
while blob.get_blob_properties().lease.state == "leased" and time.monotonic() < end:
    time.sleep(0.5)
checks.equal(blob.get_blob_properties().lease.state, "expired", "a lease that has ended")
blob.upload_blob(b"free", overwrite=True)
checks.equal(blob.download_blob().readall(), b"free", "the blob is free again")

lease = container.acquire_lease(lease_duration=60)
found = container.get_container_properties().lease
checks.equal((found.status, found.state, found.duration), ("locked", "leased", "fixed"), "a leased container")
with checks.refused(HttpResponseError, "LeaseIdMissing", 412, "removing a leased container"):
    container.delete_container()
container.upload_blob("allowed", b"")
checks.that(container.get_blob_client("allowed").exists(), "a container's lease is not one of its blobs")
with checks.refused(HttpResponseError, "LeaseIdMismatchWithContainerOperation", 412, "removing it by another lease"):
    container.delete_container(lease=str(uuid.uuid4()))
container.delete_container(lease=lease)
checks.that(not container.exists(), "the holder removes the container")
checks.done()
