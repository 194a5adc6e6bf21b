"""Shared access signatures as the SDK signs them, what they refuse, and wrong keys."""

import base64

import checks
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import (
    AccountSasPermissions, BlobClient, BlobSasPermissions, BlobServiceClient, ContainerClient, ContainerSasPermissions,
    ResourceTypes, generate_account_sas, generate_blob_sas, generate_container_sas)

account, key = checks.connection()["AccountName"], checks.connection()["AccountKey"]
service = checks.service()
endpoint = service.url
container = service.create_container("permissions")
container.upload_blob("a b/ü.sql", b"content")
tomorrow, yesterday = checks.from_now(days=1), checks.from_now(days=-1)


def denied(code, what):
    return checks.refused(ClientAuthenticationError if code in unauthenticated else HttpResponseError, code, 403, what)


# The SDK raises ClientAuthenticationError for 401 and for the codes that say the caller is not known.
unauthenticated = {"AuthenticationFailed"}


def blob_with(permission, name="a b/ü.sql", signed="a b/ü.sql", **settings):
    settings = {"expiry": tomorrow, **settings}
    token = generate_blob_sas(
        account, "permissions", signed, account_key=settings.pop("key", key),
        permission=BlobSasPermissions.from_string(permission) if permission else None, **settings)
    return BlobClient(endpoint, "permissions", name, credential=token, retry_total=0)


# One blob.
checks.equal(blob_with("r").download_blob().readall(), b"content", "reading with a blob's SAS")
checks.equal(blob_with("r").get_blob_properties().size, 7, "properties with a blob's SAS")
with denied("AuthorizationPermissionMismatch", "writing with a SAS for reading"):
    blob_with("r").upload_blob(b"x", overwrite=True)
with denied("AuthorizationPermissionMismatch", "removing with a SAS for reading and writing"):
    blob_with("rw").delete_blob()
with denied("AuthorizationPermissionMismatch", "reading with a SAS for writing"):
    blob_with("w").download_blob()
with denied("UnauthorizedBlobOverwrite", "replacing with a SAS for creating"):
    blob_with("c").upload_blob(b"x", overwrite=True)
blob_with("c", name="new", signed="new").upload_blob(b"new")
checks.equal(container.download_blob("new").readall(), b"new", "creating with a SAS for creating")
blob_with("w").upload_blob(b"replaced", overwrite=True)
checks.equal(container.download_blob("a b/ü.sql").readall(), b"replaced", "replacing with a SAS for writing")
blob_with("d", name="new", signed="new").delete_blob()
checks.that(not container.get_blob_client("new").exists(), "removing with a SAS for removing")
with denied("AuthenticationFailed", "a SAS of another blob"):
    blob_with("r", signed="other").download_blob()
with denied("AuthenticationFailed", "a SAS that has expired"):
    blob_with("r", start=checks.from_now(days=-2), expiry=yesterday).download_blob()
with denied("AuthenticationFailed", "a SAS that is not valid yet"):
    blob_with("r", start=checks.from_now(hours=2)).download_blob()
with denied("AuthenticationFailed", "a SAS signed with another key"):
    blob_with("r", key=base64.b64encode(bytes(64)).decode()).download_blob()
with denied("AuthorizationSourceIPMismatch", "a SAS for another address"):
    blob_with("r", ip="192.0.2.1").download_blob()
checks.equal(blob_with("r", ip="127.0.0.0-127.0.0.9").download_blob().readall(), b"replaced", "a SAS for this address")
with denied("AuthorizationProtocolMismatch", "a SAS for HTTPS only"):
    blob_with("r", protocol="https").download_blob()
kept = blob_with("r", content_type="text/x-special", content_disposition="inline").download_blob()
checks.equal(kept.properties.content_settings.content_type, "text/x-special", "a SAS that overrides a property")
staging = blob_with("cw", name="large", signed="large")
staging.upload_blob(checks.Unmeasured(checks.noise(300_000)), blob_type="BlockBlob")
checks.equal(container.get_blob_client("large").get_blob_properties().size, 300_000, "a stream with a blob's SAS")


# One container.
def container_with(permission):
    token = generate_container_sas(
        account, "permissions", account_key=key, permission=ContainerSasPermissions.from_string(permission),
        expiry=tomorrow)
    return ContainerClient(endpoint, "permissions", credential=token, retry_total=0)


checks.equal([entry.name for entry in container_with("l").list_blobs()], ["a b/ü.sql", "large"],
             "listing with a container's SAS")
with denied("AuthorizationPermissionMismatch", "listing with a SAS for reading"):
    list(container_with("r").list_blobs())
checks.equal(container_with("r").download_blob("a b/ü.sql").readall(), b"replaced", "reading with a container's SAS")
with denied("AuthorizationPermissionMismatch", "reading with a SAS for listing"):
    container_with("l").download_blob("a b/ü.sql")
with denied("AuthorizationPermissionMismatch", "making a container with a container's SAS"):
    container_with("rwdlc").create_container()


# The whole account.
def account_with(permission, resources="sco", **settings):
    token = generate_account_sas(
        account, settings.pop("key", key), ResourceTypes.from_string(resources),
        AccountSasPermissions.from_string(permission), **{"expiry": tomorrow, **settings})
    return BlobServiceClient(endpoint, credential=token, retry_total=0)


checks.equal([entry.name for entry in account_with("l").list_containers()], ["permissions"],
             "listing containers with an account's SAS")
account_with("c").create_container("by-sas")
account_with("d").delete_container("by-sas")
checks.equal(len(list(service.list_containers())), 1, "making and removing a container with an account's SAS")
checks.equal(account_with("r", "o").get_blob_client("permissions", "a b/ü.sql").download_blob().readall(), b"replaced",
             "reading with an account's SAS")
with denied("AuthorizationPermissionMismatch", "removing with an account's SAS for reading"):
    account_with("r").get_blob_client("permissions", "large").delete_blob()
with denied("AuthorizationResourceTypeMismatch", "listing containers with a SAS for blobs only"):
    list(account_with("rl", "o").list_containers())
with denied("AuthorizationResourceTypeMismatch", "reading a blob with a SAS for containers only"):
    account_with("r", "c").get_blob_client("permissions", "large").download_blob()
with denied("AuthenticationFailed", "an account's SAS that has expired"):
    list(account_with("l", expiry=yesterday).list_containers())
with denied("AuthenticationFailed", "an account's SAS signed with another key"):
    list(account_with("l", key=base64.b64encode(bytes(64)).decode()).list_containers())

# Keys and nothing at all.
wrong = base64.b64encode(bytes(range(64))).decode()
with denied("AuthenticationFailed", "a wrong key"):
    list(BlobServiceClient(
        endpoint, credential={"account_name": account, "account_key": wrong}, retry_total=0).list_containers())
with denied("AuthenticationFailed", "an account that is not served"):
    list(BlobServiceClient(
        endpoint, credential={"account_name": "stranger", "account_key": key}, retry_total=0).list_containers())
anonymous = BlobClient(endpoint, "permissions", "large", retry_total=0)
with checks.refused(ResourceNotFoundError, "ResourceNotFound", 404, "reading with no credential at all"):
    anonymous.download_blob()
with checks.refused(ClientAuthenticationError, "NoAuthenticationInformation", 401, "writing with no credential at all"):
    anonymous.upload_blob(b"x", overwrite=True)
checks.equal(container.get_blob_client("large").get_blob_properties().size, 300_000, "what was refused changed nothing")
checks.done()
