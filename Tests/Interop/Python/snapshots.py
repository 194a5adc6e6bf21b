"""Snapshots: states of a blob that stay when it changes."""

import checks
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

container = checks.service().create_container("snapshots")
first, second = checks.noise(700_000), checks.noise(300_000, seed=2)
blob = container.upload_blob("blob", first, metadata={"state": "1"})
one = blob.create_snapshot()
checks.that(one["snapshot"].endswith("Z") and one["etag"] == blob.get_blob_properties().etag, f"a snapshot: {one}")
blob.upload_blob(second, overwrite=True, metadata={"state": "2"})
two = blob.create_snapshot(metadata={"made": "with the snapshot"})
checks.that(two["snapshot"] > one["snapshot"], "snapshots are in order")

old = container.get_blob_client("blob", snapshot=one["snapshot"])
checks.that(old.download_blob().readall() == first, "the bytes of a snapshot")
checks.that(old.download_blob(offset=100_000, length=50).readall() == first[100_000:100_050], "a range of a snapshot")
found = old.get_blob_properties()
checks.equal((found.size, found.metadata, found.snapshot), (700_000, {"state": "1"}, one["snapshot"]), "its properties")
new = container.get_blob_client("blob", snapshot=two["snapshot"])
checks.equal(new.get_blob_properties().metadata, {"made": "with the snapshot"}, "metadata of the snapshot alone")
checks.equal(blob.get_blob_properties().metadata, {"state": "2"}, "the blob keeps its own")
checks.that(blob.download_blob().readall() == second, "the blob goes on")
listed = [(entry.name, entry.snapshot, entry.size) for entry in container.list_blobs(include=["snapshots"])]
checks.equal(listed, [("blob", one["snapshot"], 700_000), ("blob", two["snapshot"], 300_000), ("blob", None, 300_000)],
             "snapshots in a listing: the oldest first, then the blob")
checks.equal([entry.snapshot for entry in container.list_blobs()], [None], "they are listed only where they are asked for")
pages = [[entry.snapshot for entry in page] for page in
         container.list_blobs(include=["snapshots"], results_per_page=1).by_page()]
checks.equal(sum(pages, []), [one["snapshot"], two["snapshot"], None], "snapshots page by page")

with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "a snapshot that nobody made"):
    container.get_blob_client("blob", snapshot="2020-01-01T00:00:00.0000000Z").download_blob()
with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "a snapshot of no blob"):
    container.get_blob_client("none").create_snapshot()
with checks.refused(ResourceExistsError, "SnapshotsPresent", 409, "removing a blob that has snapshots"):
    blob.delete_blob()
old.delete_blob()
checks.that(not old.exists(), "a snapshot is removed alone")
checks.that(new.download_blob().readall() == second, "the other is kept")
blob.delete_blob(delete_snapshots="only")
checks.equal([entry.snapshot for entry in container.list_blobs(include=["snapshots"])], [None], "all snapshots removed")
blob.create_snapshot()
blob.delete_blob(delete_snapshots="include")
checks.equal(list(container.list_blobs(include=["snapshots"])), [], "the blob with its snapshots")
checks.done()
