"""Stored access policies, tokens that name them, and containers that are open to the public."""

import checks
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import (
    AccessPolicy, BlobSasPermissions, BlobServiceClient, ContainerClient, ContainerSasPermissions, PublicAccess,
    generate_blob_sas, generate_container_sas)

account, key = checks.connection()["AccountName"], checks.connection()["AccountKey"]
service = checks.service()
endpoint = service.url
container = service.create_container("access")
container.upload_blob("a b/ü", b"content")


def denied(code, what):
    kind = ClientAuthenticationError if code == "AuthenticationFailed" else HttpResponseError
    return checks.refused(kind, code, 403, what)


# Policies.
found = container.get_container_access_policy()
checks.equal((found["public_access"], found["signed_identifiers"]), (None, []), "a new container has no policies")
start, expiry = checks.from_now(hours=-1), checks.from_now(days=1)
read = AccessPolicy(permission=ContainerSasPermissions(read=True), start=start, expiry=expiry)
every = AccessPolicy(permission=ContainerSasPermissions(read=True, write=True, list=True, delete=True), expiry=expiry)
before = container.get_container_properties().etag
answer = container.set_container_access_policy({"read": read, "every": every, "open": AccessPolicy()})
checks.that(answer["etag"] != before, "setting policies changes the container's tag")
found = container.get_container_access_policy()["signed_identifiers"]
checks.equal({entry.id for entry in found}, {"read", "every", "open"}, "the names of the policies")
kept = {entry.id: entry.access_policy for entry in found}
checks.equal(kept["read"].permission, "r", "the permissions of a policy")
checks.that(kept["read"].start and kept["read"].expiry, "the times of a policy")
checks.equal(set(kept["every"].permission), set("rwdl"), "the permissions of another policy")


def by_policy(policy, **settings):
    token = generate_container_sas(account, "access", account_key=key, policy_id=policy, **settings)
    return ContainerClient(endpoint, "access", credential=token, retry_total=0)


checks.equal(by_policy("read").download_blob("a b/ü").readall(), b"content", "reading by a policy")
with denied("AuthorizationPermissionMismatch", "listing by a policy for reading"):
    list(by_policy("read").list_blobs())
with denied("AuthorizationPermissionMismatch", "writing by a policy for reading"):
    by_policy("read").upload_blob("b", b"x")
by_policy("every").upload_blob("b", b"x")
checks.equal([entry.name for entry in by_policy("every").list_blobs()], ["a b/ü", "b"], "writing and listing by a policy")
by_policy("every").delete_blob("b")
checks.that(not container.get_blob_client("b").exists(), "removing by a policy")
token = generate_blob_sas(account, "access", "a b/ü", account_key=key, policy_id="read")
checks.equal(BlobServiceClient(endpoint, credential=token).get_blob_client("access", "a b/ü").download_blob().readall(),
             b"content", "reading one blob by a policy")
with denied("AuthenticationFailed", "a policy that is not there"):
    by_policy("none").download_blob("a b/ü")
with denied("AuthenticationFailed", "permissions of the token beside those of the policy"):
    by_policy("read", permission=ContainerSasPermissions(write=True)).download_blob("a b/ü")
with denied("AuthenticationFailed", "an end of the token beside that of the policy"):
    by_policy("read", expiry=checks.from_now(days=9)).download_blob("a b/ü")
with denied("AuthenticationFailed", "terms that neither says"):
    by_policy("open").download_blob("a b/ü")
open_terms = {"permission": ContainerSasPermissions(read=True), "expiry": expiry}
checks.equal(by_policy("open", **open_terms).download_blob("a b/ü").readall(), b"content", "terms that the token says")
token = by_policy("read")
container.set_container_access_policy({"read": AccessPolicy(
    permission=BlobSasPermissions(read=True), start=checks.from_now(days=-2), expiry=checks.from_now(days=-1))})
with denied("AuthenticationFailed", "a policy that has expired"):
    token.download_blob("a b/ü")
container.set_container_access_policy({})
with denied("AuthenticationFailed", "a policy that was taken away"):
    token.download_blob("a b/ü")
five = {f"policy-{number}": read for number in range(5)}
container.set_container_access_policy(five)
checks.equal(len(container.get_container_access_policy()["signed_identifiers"]), 5, "five policies")
for policies, code, what in [
    ({"x" * 65: read}, "InvalidXmlNodeValue", "a policy with a long name"),
    ({"p": AccessPolicy(permission="q", expiry=expiry)}, "InvalidXmlNodeValue", "a permission nobody knows"),
]:
    with checks.refused(HttpResponseError, code, 400, what):
        container.set_container_access_policy(policies)
with denied("AuthorizationPermissionMismatch", "looking at policies with a token"):
    by_policy("policy-0").get_container_access_policy()

# The public.
stranger = ContainerClient(endpoint, "access", retry_total=0)
hidden = lambda what: checks.refused(ResourceNotFoundError, "ResourceNotFound", 404, what)  # noqa: E731
with hidden("reading what is not public"):
    stranger.download_blob("a b/ü")
container.set_container_access_policy({}, public_access=PublicAccess.BLOB)
checks.equal(container.get_container_properties().public_access, "blob", "a container that is open for reading")
checks.equal(container.get_container_access_policy()["public_access"], "blob", "its access, beside its policies")
checks.equal(stranger.download_blob("a b/ü").readall(), b"content", "reading without a credential")
checks.equal(stranger.get_blob_client("a b/ü").get_blob_properties().size, 7, "properties without a credential")
checks.equal(len(stranger.get_blob_client("a b/ü").get_block_list("committed")[0]), 0, "blocks without a credential")
with hidden("listing where only reading is open"):
    list(stranger.list_blobs())
with hidden("the container's properties where only reading is open"):
    stranger.get_container_properties()
with checks.refused(ClientAuthenticationError, "NoAuthenticationInformation", 401, "writing without a credential"):
    stranger.upload_blob("b", b"x")
with checks.refused(ClientAuthenticationError, "NoAuthenticationInformation", 401, "removing without a credential"):
    stranger.delete_blob("a b/ü")
container.set_container_access_policy({}, public_access=PublicAccess.CONTAINER)
checks.equal([entry.name for entry in stranger.list_blobs()], ["a b/ü"], "listing without a credential")
checks.equal(stranger.get_container_properties().public_access, "container", "properties without a credential")
with hidden("the policies without a credential"):
    stranger.get_container_access_policy()
container.set_container_access_policy({})
with hidden("reading what is no longer public"):
    stranger.download_blob("a b/ü")
made = service.create_container("open", public_access="container", metadata={"a": "1"})
checks.equal(made.get_container_properties().public_access, "container", "a container that is made open")
checks.equal({entry.name: entry.public_access for entry in service.list_containers()},
             {"access": None, "open": "container"}, "the list of containers says what is open")
made.set_container_metadata({"b": "2"})
checks.equal(made.get_container_properties().metadata, {"b": "2"}, "metadata that was replaced")
checks.equal(made.get_container_properties().public_access, "container", "access stays when metadata changes")
checks.done()
