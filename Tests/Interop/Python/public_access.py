"""Containers that the public may read, on a server that allows them."""

import checks
from azure.core.exceptions import ClientAuthenticationError, ResourceNotFoundError
from azure.storage.blob import ContainerClient, PublicAccess

service = checks.service()
container = service.create_container("public")
container.upload_blob("blob", b"content")
stranger = ContainerClient(checks.connection()["BlobEndpoint"], "public", retry_total=0)
with checks.refused(ResourceNotFoundError, "ResourceNotFound", 404, "a stranger"):
    stranger.download_blob("blob")
container.set_container_access_policy({}, public_access=PublicAccess.BLOB)
checks.equal(container.get_container_properties().public_access, "blob", "public blobs")
checks.equal(stranger.download_blob("blob").readall(), b"content", "a stranger reads a public blob")
with checks.refused(ResourceNotFoundError, "ResourceNotFound", 404, "a stranger lists where only blobs are public"):
    list(stranger.list_blobs())
container.set_container_access_policy({}, public_access=PublicAccess.CONTAINER)
checks.equal([blob.name for blob in stranger.list_blobs()], ["blob"], "a stranger lists a public container")
with checks.refused(ClientAuthenticationError, "NoAuthenticationInformation", 401, "a stranger writes"):
    stranger.upload_blob("other", b"")
container.set_container_access_policy({})
with checks.refused(ResourceNotFoundError, "ResourceNotFound", 404, "a stranger, afterwards"):
    stranger.download_blob("blob")
made = service.create_container("made-public", public_access=PublicAccess.CONTAINER)
checks.equal(made.get_container_access_policy()["public_access"], "container", "a container that is made public")
checks.done()
