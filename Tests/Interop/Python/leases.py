"""Leases of blobs and containers, as the SDK's lease client takes, keeps, hands over and breaks them."""

import uuid

import checks
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobLeaseClient

service = checks.service()
container = service.create_container("leased")
blob = container.get_blob_client("a b/ü")
blob.upload_blob(b"first")


def unmet(code, what):
    return checks.refused(HttpResponseError, code, 412, what)


def conflict(code, what):
    return checks.refused(ResourceExistsError, code, 409, what)


def state(client):
    properties = client.get_blob_properties() if client is blob else client.get_container_properties()
    return properties.lease.status, properties.lease.state, properties.lease.duration


for client, noun in [(blob, "blob"), (container, "container")]:
    checks.equal(state(client), ("unlocked", "available", None), f"a {noun} that is not leased")
    own = str(uuid.uuid4())
    lease = client.acquire_lease(lease_duration=15, lease_id=own)
    checks.equal(lease.id, own, f"the id of a {noun}'s lease is the proposed one")
    checks.that(lease.etag and lease.last_modified, f"the answer to leasing a {noun} has its tag and time")
    checks.equal(state(client), ("locked", "leased", "fixed"), f"a leased {noun}")
    with conflict("LeaseAlreadyPresent", f"leasing a {noun} that is leased"):
        client.acquire_lease(lease_duration=-1)
    lease.renew()
    checks.equal(lease.id, own, f"renewing the lease of a {noun}")
    with conflict("LeaseIdMismatchWithLeaseOperation", f"renewing with another id the lease of a {noun}"):
        BlobLeaseClient(client, lease_id=str(uuid.uuid4())).renew()
    new = str(uuid.uuid4())
    lease.change(new)
    checks.equal(lease.id, new, f"handing over the lease of a {noun}")
    with conflict("LeaseIdMismatchWithLeaseOperation", f"releasing with the old id the lease of a {noun}"):
        BlobLeaseClient(client, lease_id=own).release()
    checks.that(10 <= lease.break_lease(lease_break_period=12) <= 12, f"breaking the lease of a {noun} takes a while")
    checks.equal(state(client), ("locked", "breaking", None), f"a {noun} whose lease is being broken")
    with conflict("LeaseIsBrokenAndCannotBeRenewed", f"renewing a lease of a {noun} that is being broken"):
        lease.renew()
    checks.equal(lease.break_lease(lease_break_period=0), 0, f"breaking the lease of a {noun} at once")
    checks.equal(state(client), ("unlocked", "broken", None), f"a {noun} whose lease is broken")
    lease.release()
    checks.equal(state(client), ("unlocked", "available", None), f"a {noun} whose lease was released")
    with conflict("LeaseNotPresentWithLeaseOperation", f"breaking no lease of a {noun}"):
        BlobLeaseClient(client).break_lease()
    for duration in [14, 61]:
        with checks.refused(HttpResponseError, "InvalidHeaderValue", 400, f"a lease of {duration} seconds of a {noun}"):
            client.acquire_lease(lease_duration=duration)

# Writing to a leased blob.
lease = blob.acquire_lease()
wrong = str(uuid.uuid4())
checks.equal(state(blob), ("locked", "leased", "infinite"), "a lease without an end")
with unmet("LeaseIdMissing", "replacing a leased blob without its lease"):
    blob.upload_blob(b"x", overwrite=True)
with unmet("LeaseIdMismatchWithBlobOperation", "replacing a leased blob with another lease"):
    blob.upload_blob(b"x", overwrite=True, lease=wrong)
with unmet("LeaseIdMissing", "staging a block of a leased blob without its lease"):
    blob.stage_block("00", b"x")
with unmet("LeaseIdMissing", "removing a leased blob without its lease"):
    blob.delete_blob()
blob.upload_blob(b"second", overwrite=True, lease=lease)
checks.equal(blob.download_blob().readall(), b"second", "the holder replaces the blob, and everybody reads it")
checks.equal(blob.download_blob(lease=lease).readall(), b"second", "the holder reads the blob")
with unmet("LeaseIdMismatchWithBlobOperation", "reading with another lease"):
    blob.download_blob(lease=wrong)
blob.stage_block("00", b"third", lease=lease)
with unmet("LeaseIdMissing", "committing without the lease"):
    blob.commit_block_list(["00"])
blob.commit_block_list(["00"], lease=lease)
checks.equal(blob.download_blob().readall(), b"third", "the holder commits blocks")
listed = next(iter(container.list_blobs()))
checks.equal((listed.lease.status, listed.lease.state), ("locked", "leased"), "a listing shows leases")
blob.delete_blob(lease=lease)
checks.that(not blob.exists(), "the holder removes the blob")
blob.upload_blob(b"fourth")
with unmet("LeaseNotPresentWithBlobOperation", "showing the lease of a blob that was removed"):
    blob.download_blob(lease=lease)
with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "leasing what is not there"):
    container.get_blob_client("none").acquire_lease()

# Containers.
lease = container.acquire_lease()
with unmet("LeaseIdMissing", "removing a leased container without its lease"):
    container.delete_container()
with unmet("LeaseIdMismatchWithContainerOperation", "removing a leased container with another lease"):
    container.delete_container(lease=wrong)
container.set_container_metadata({"a": "1"}, lease=lease)
checks.equal(container.get_container_properties(lease=lease).metadata, {"a": "1"}, "the holder changes metadata")
with unmet("LeaseIdMismatchWithContainerOperation", "looking at a container with another lease"):
    container.get_container_properties(lease=wrong)
found = next(entry for entry in service.list_containers() if entry.name == "leased")
checks.equal((found.lease.status, found.lease.state), ("locked", "leased"), "the list of containers shows leases")
container.delete_container(lease=lease)
checks.that(not container.exists(), "the holder removes the container")
checks.done()
