"""Setting metadata and properties of what is there already."""

import checks
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import ContentSettings

service = checks.service()
container = service.create_container("metadata", metadata={"first": "1"})
content = checks.noise(50_000)
blob = container.upload_blob("blob", content, metadata={"old": "yes"}, content_settings=ContentSettings("text/plain"))
before = blob.get_blob_properties()

answer = blob.set_blob_metadata({"kind": "dump", "UPPER_and_lower": "a b=c; d"})
after = blob.get_blob_properties()
checks.equal(after.metadata, {"kind": "dump", "UPPER_and_lower": "a b=c; d"}, "new metadata takes the place of the old")
checks.that(after.etag == answer["etag"] and after.etag != before.etag, "metadata changes the ETag")
checks.that(after.creation_time == before.creation_time, "metadata does not change when the blob was made")
checks.equal(after.content_settings.content_type, "text/plain", "metadata leaves the properties alone")
checks.that(blob.download_blob().readall() == content, "metadata leaves the bytes alone")
checks.equal(next(iter(container.list_blobs(include=["metadata"]))).metadata, after.metadata, "metadata in a listing")
blob.set_blob_metadata()
checks.equal(blob.get_blob_properties().metadata, {}, "metadata is taken away")
with checks.refused(ResourceModifiedError, "ConditionNotMet", 412, "metadata of a state that is past"):
    blob.set_blob_metadata({"a": "b"}, etag=before.etag, match_condition=MatchConditions.IfNotModified)
with checks.refused(ResourceNotFoundError, "BlobNotFound", 404, "metadata of no blob"):
    container.get_blob_client("none").set_blob_metadata({"a": "b"})
with checks.refused(HttpResponseError, "InvalidMetadata", 400, "metadata whose name is no identifier"):
    blob.set_blob_metadata({"not-a-name": "x"})
with checks.refused(HttpResponseError, "MetadataTooLarge", 400, "more than 8 KiB of metadata"):
    blob.set_blob_metadata({f"name{number}": "x" * 1000 for number in range(9)})

settings = ContentSettings(content_type="application/x-dump", content_encoding="gzip", content_language="de",
                           content_disposition="attachment", cache_control="no-cache", content_md5=bytearray(range(16)))
blob.set_blob_metadata({"kept": "yes"})
answer = blob.set_http_headers(settings)
found = blob.get_blob_properties()
checks.equal((found.content_settings.content_type, found.content_settings.content_encoding,
              found.content_settings.content_language, found.content_settings.content_disposition,
              found.content_settings.cache_control, found.content_settings.content_md5),
             ("application/x-dump", "gzip", "de", "attachment", "no-cache", bytearray(range(16))), "properties")
checks.equal(found.metadata, {"kept": "yes"}, "properties leave the metadata alone")
checks.equal(found.etag, answer["etag"], "the ETag of new properties")
blob.set_http_headers(ContentSettings(content_type="text/csv"))
found = blob.get_blob_properties().content_settings
checks.equal((found.content_type, found.content_encoding, found.cache_control, found.content_md5),
             ("text/csv", None, None, None), "what is not named is taken away")
checks.that(blob.download_blob().readall() == content, "the bytes are what they were")

answer = container.set_container_metadata({"team": "db", "tier": "1"})
found = container.get_container_properties()
checks.equal((found.metadata, found.etag), ({"team": "db", "tier": "1"}, answer["etag"]), "metadata of a container")
listed = next(iter(service.list_containers(name_starts_with="metadata", include_metadata=True)))
checks.equal(listed.metadata, {"team": "db", "tier": "1"}, "metadata of a container in a listing")
with checks.refused(ResourceNotFoundError, "ContainerNotFound", 404, "metadata of no container"):
    service.get_container_client("nothing").set_container_metadata({"a": "b"})
checks.done()
