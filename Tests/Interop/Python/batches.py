"""Batches: many blobs removed, or moved to a tier, by one request."""

import checks
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.storage.blob import (
    ContainerClient, ContainerSasPermissions, PartialBatchErrorException, StandardBlobTier, generate_container_sas)

service = checks.service()
container = service.create_container("batches")
names = ["a", "b c", "d/e", "ü+&%", *(f"many/{number:03}" for number in range(250))]


def fill():
    for name in names:
        container.upload_blob(name, b"x", overwrite=True)


fill()
container.get_blob_client("a").create_snapshot()
answers = list(container.delete_blobs("b c", "d/e", "ü+&%"))
checks.equal([answer.status_code for answer in answers], [202] * 3, "three blobs with names that URLs escape")
checks.that(all(answer.headers["x-ms-delete-type-permanent"] == "true" for answer in answers), "removed for good")
answers = list(container.delete_blobs("a", "none", "many/000", raise_on_any_failure=False))
checks.equal([answer.status_code for answer in answers], [409, 404, 202], "each blob has its own status")
checks.equal([answer.headers.get("x-ms-error-code") for answer in answers], ["SnapshotsPresent", "BlobNotFound", None],
             "and its own code")
try:
    container.delete_blobs("a", "many/001")
    checks.that(False, "a batch of which a part fails")
except PartialBatchErrorException as error:
    checks.equal([part.status_code for part in error.parts], [409, 202], "the exception holds every part")
checks.equal([answer.status_code for answer in container.delete_blobs("a", delete_snapshots="include")], [202],
             "a blob with its snapshots")
rest = [entry for entry in container.list_blobs()]
checks.equal([entry.name for entry in rest], names[6:], "only what was named is gone")
checks.equal({answer.status_code for answer in container.delete_blobs(*rest)}, {202}, "248 blobs at once")
checks.equal(list(container.list_blobs()), [], "nothing is left")

# Tiers.
fill()
answers = list(container.set_standard_blob_tier_blobs(StandardBlobTier.COOL, *names[:4]))
checks.equal([answer.status_code for answer in answers], [200] * 4, "a tier for four blobs")
checks.equal([entry.blob_tier for entry in container.list_blobs()][:1], ["Cool"], "the tier of one of them")
answers = list(container.set_standard_blob_tier_blobs(
    None, {"name": "a", "blob_tier": "Archive"}, {"name": "none", "blob_tier": "Hot"},
    {"name": "b c", "blob_tier": "Tepid"}, raise_on_any_failure=False))
checks.equal([(answer.status_code, answer.headers.get("x-ms-error-code")) for answer in answers],
             [(200, None), (404, "BlobNotFound"), (400, "InvalidBlobTier")], "a tier for each, and a status for each")
checks.equal(container.get_blob_client("a").get_blob_properties().blob_tier, "Archive", "the tier of the first")
with checks.refused(HttpResponseError, "ExceedsMaxBatchRequestCount", 400, "a batch of 257"):
    container.delete_blobs(*(["a"] * 257))

# A token in place of the key.
fields = checks.connection()


def sharing(**permissions):
    token = generate_container_sas(
        fields["AccountName"], "batches", account_key=fields["AccountKey"], expiry=checks.from_now(hours=1),
        permission=ContainerSasPermissions(**permissions))
    return ContainerClient(fields["BlobEndpoint"], "batches", credential=token, retry_total=0)


answers = list(sharing(read=True).delete_blobs("a", "b c", raise_on_any_failure=False))
checks.equal([(answer.status_code, answer.headers["x-ms-error-code"]) for answer in answers],
             [(403, "AuthorizationPermissionMismatch")] * 2, "a token that may not remove")
checks.equal([answer.status_code for answer in sharing(delete=True).delete_blobs("a", "b c")], [202, 202],
             "a token that may")
wrong = ContainerClient(fields["BlobEndpoint"], "batches", retry_total=0, credential={
    "account_name": fields["AccountName"], "account_key": "d3Jvbmc="})
with checks.refused(ClientAuthenticationError, "AuthenticationFailed", 403, "a batch with a wrong key"):
    wrong.delete_blobs("d/e")
checks.that(container.get_blob_client("d/e").exists(), "a refused batch removes nothing")
checks.done()
