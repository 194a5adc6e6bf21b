"""Stored access policies, and tokens that name them."""

import checks
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import (
    AccessPolicy, BlobClient, ContainerClient, ContainerSasPermissions, generate_blob_sas, generate_container_sas)

service = checks.service()
fields = checks.connection()
account = {"account_name": fields["AccountName"], "account_key": fields["AccountKey"]}
container = service.create_container("policies")
container.upload_blob("blob", b"content")
checks.equal(container.get_container_access_policy(), {"public_access": None, "signed_identifiers": []}, "no policies")

start, end = checks.from_now(minutes=-5), checks.from_now(hours=1)
container.set_container_access_policy({
    "readers": AccessPolicy(ContainerSasPermissions(read=True, list=True), expiry=end, start=start),
    "open-ended": AccessPolicy(permission="r"), "ünï": AccessPolicy(permission="w", expiry=end)})
found = {policy.id: policy.access_policy for policy in container.get_container_access_policy()["signed_identifiers"]}
checks.equal(sorted(found), ["open-ended", "readers", "ünï"], "policies")
checks.equal(found["readers"].permission, "rl", "what a policy permits")
checks.that(str(found["readers"].expiry).startswith(end.strftime("%Y-%m-%dT%H:%M:%S")), "when a policy ends")

token = generate_container_sas(container_name="policies", policy_id="readers", **account)
reader = ContainerClient(fields["BlobEndpoint"], "policies", credential=token, retry_total=0)
checks.equal(reader.download_blob("blob").readall(), b"content", "reading by a policy")
checks.equal([blob.name for blob in reader.list_blobs()], ["blob"], "listing by a policy")
with checks.refused(HttpResponseError, "AuthorizationPermissionMismatch", 403, "writing by a policy of readers"):
    reader.upload_blob("other", b"")
token = generate_blob_sas(container_name="policies", blob_name="blob", policy_id="open-ended", expiry=end, **account)
open_ended = BlobClient(fields["BlobEndpoint"], "policies", "blob", credential=token, retry_total=0)
checks.equal(open_ended.download_blob().readall(), b"content", "a token that says itself when it ends")

container.set_container_access_policy({"readers": AccessPolicy(permission="r", expiry=checks.from_now(minutes=-1))})
with checks.refused(ClientAuthenticationError, "AuthenticationFailed", 403, "a policy that has ended"):
    reader.download_blob("blob")
with checks.refused(ClientAuthenticationError, "AuthenticationFailed", 403, "a policy that was taken away"):
    open_ended.download_blob()

stranger = ContainerClient(fields["BlobEndpoint"], "policies", retry_total=0)
with checks.refused(ResourceNotFoundError, "ResourceNotFound", 404, "a stranger"):
    stranger.download_blob("blob")
checks.done()
