"""A lease that ends by itself, in real time: the shortest is 15 seconds."""

import time

import checks
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobLeaseClient

container = checks.service().create_container("leases")
blob = container.upload_blob("blob", b"content")
start = time.monotonic()
lease = blob.acquire_lease(lease_duration=15)
breaking = container.upload_blob("breaking", b"content")
breaking.acquire_lease(lease_duration=60)
checks.that(1 <= BlobLeaseClient(breaking).break_lease(lease_break_period=10) <= 10, "a lease that breaks in a while")
with checks.refused(HttpResponseError, "LeaseIdMissing", 412, "replacing a leased blob"):
    blob.upload_blob(b"x", overwrite=True)
time.sleep(8)
lease.renew()
renewed = time.monotonic()
while blob.get_blob_properties().lease.state == "leased" and time.monotonic() < start + 90:
    time.sleep(0.5)
checks.that(time.monotonic() - renewed > 14, "a renewed lease begins anew")
state = blob.get_blob_properties().lease
checks.equal((state.status, state.state), ("unlocked", "expired"), "a lease that has ended")
checks.equal(breaking.get_blob_properties().lease.state, "broken", "a lease that was to break has broken")
with checks.refused(HttpResponseError, "LeaseLost", 412, "writing by the lease that has ended"):
    blob.upload_blob(b"x", overwrite=True, lease=lease)
blob.upload_blob(b"free", overwrite=True)
checks.equal(blob.download_blob().readall(), b"free", "the blob is free again")
checks.done()
