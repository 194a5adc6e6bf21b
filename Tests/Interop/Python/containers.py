"""Containers: made, listed by page and prefix, described and removed."""

import checks
from azure.core.exceptions import (
    HttpResponseError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError)

service = checks.service()

information = service.get_account_information()
checks.equal(information["account_kind"], "StorageV2", "the kind of the account")
checks.that("analytics_logging" in service.get_service_properties(), "the properties of the service are a document")

first = service.create_container("first", metadata={"owner": "ops", "Purpose": "backups"})
checks.that(first.exists(), "a container that was made exists")
properties = first.get_container_properties()
checks.equal(properties.name, "first", "the container's name")
checks.equal({key.lower(): value for key, value in properties.metadata.items()},
             {"owner": "ops", "purpose": "backups"}, "the container's metadata")
checks.that(properties.etag.startswith('"') and properties.last_modified.tzinfo is not None, "ETag and time are there")
checks.that(not service.get_container_client("other").exists(), "a container nobody made does not exist")

with checks.refused(ResourceExistsError, "ContainerAlreadyExists", 409, "making a container twice"):
    service.create_container("first")
with checks.refused(ResourceNotFoundError, "ContainerNotFound", 404, "the properties of no container"):
    service.get_container_client("other").get_container_properties()
with checks.refused(ResourceNotFoundError, "ContainerNotFound", 404, "an upload into no container"):
    service.get_blob_client("other", "a").upload_blob(b"x")
with checks.refused(ResourceNotFoundError, "ContainerNotFound", 404, "the listing of no container"):
    list(service.get_container_client("other").list_blobs())
with checks.refused(ResourceNotFoundError, "ContainerNotFound", 404, "removing no container"):
    service.delete_container("other")
for name in ["Upper", "two--dashes", "-dash", "ü-dots"]:
    with checks.refused(HttpResponseError, "InvalidResourceName", 400, f"the container name {name}"):
        service.create_container(name)
for name in ["ab", "x" * 64]:
    with checks.refused(HttpResponseError, "OutOfRangeInput", 400, f"a container name of {len(name)} characters"):
        service.create_container(name)

for number in range(7):
    service.create_container(f"many-{number}")
checks.equal([entry.name for entry in service.list_containers()],
             ["first"] + [f"many-{number}" for number in range(7)], "all containers, in order")
checks.equal([entry.name for entry in service.list_containers(name_starts_with="many-")],
             [f"many-{number}" for number in range(7)], "containers of a prefix")
pages = [[entry.name for entry in page] for page in service.list_containers(results_per_page=3).by_page()]
checks.equal([len(page) for page in pages], [3, 3, 2], "containers by page")
described = {entry.name: entry.metadata for entry in service.list_containers(include_metadata=True)}
checks.equal({key.lower(): value for key, value in described["first"].items()},
             {"owner": "ops", "purpose": "backups"}, "metadata in a listing of containers")

with checks.refused(ResourceModifiedError, "ConditionNotMet", 412, "removing a container that has changed since"):
    service.delete_container("first", if_unmodified_since=checks.from_now(days=-1))
first.upload_blob("inside", b"1")
service.delete_container("first")
checks.that(not first.exists(), "a removed container does not exist")
with checks.refused(ResourceNotFoundError, "ContainerNotFound", 404, "reading from a removed container"):
    first.download_blob("inside").readall()
for number in range(7):
    service.delete_container(f"many-{number}")
checks.equal(list(service.list_containers()), [], "no container is left")
checks.done()
