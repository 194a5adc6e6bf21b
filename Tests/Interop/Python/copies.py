"""Copies that the service makes by itself: Copy Blob, its synchronous form, and blobs and blocks from a URL."""

import checks
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import (
    BlobBlock, BlobClient, BlobSasPermissions, ContainerSasPermissions, ContentSettings, StandardBlobTier,
    generate_blob_sas, generate_container_sas)

service = checks.service(max_single_put_size=1 << 20, max_block_size=1 << 20)
fields = checks.connection()
account = {"account_name": fields["AccountName"], "account_key": fields["AccountKey"], "expiry": checks.from_now(hours=1)}
container = service.create_container("copies")
content = checks.noise(5_000_000)
source = container.upload_blob("ünï/source %41+.dump", content, metadata={"kind": "dump"}, max_concurrency=2,
                               content_settings=ContentSettings("application/x-dump"))


def signed(blob):
    permission = BlobSasPermissions(read=True)
    token = generate_blob_sas(container_name="copies", blob_name=blob.blob_name, permission=permission, **account)
    return f"{blob.url}?{token}"


# Copy Blob, within the account.
copy = container.get_blob_client("copy")
answer = copy.start_copy_from_url(source.url)
checks.equal(answer["copy_status"], "success", "a copy within the account is done at once")
found = copy.get_blob_properties()
checks.equal((found.size, found.metadata, found.content_settings.content_type),
             (len(content), {"kind": "dump"}, "application/x-dump"), "a copy takes properties and metadata along")
checks.equal((found.copy.id, found.copy.status, found.copy.source), (answer["copy_id"], "success", source.url),
             "the copy's properties say where it is from")
checks.equal(found.copy.progress, f"{len(content)}/{len(content)}", "and how far it is")
checks.that(copy.download_blob().readall() == content, "the bytes of a copy")
copy.start_copy_from_url(source.url, metadata={"other": "yes"})
checks.equal(copy.get_blob_properties().metadata, {"other": "yes"}, "a copy with metadata of its own")
listed = {blob.name: blob.copy.status for blob in container.list_blobs(include=["copy"])}
checks.equal(listed["copy"], "success", "copies in a listing")
other = service.create_container("others").get_blob_client("copy")
other.start_copy_from_url(source.url)
checks.that(other.download_blob().readall() == content, "a copy into another container")
with checks.refused(ResourceExistsError, "BlobAlreadyExists", 409, "a copy over a blob, not asked to replace"):
    copy.start_copy_from_url(source.url, match_condition=MatchConditions.IfMissing)
with checks.refused(HttpResponseError, "SourceConditionNotMet", 412, "a copy of a state that is past"):
    copy.start_copy_from_url(source.url, source_etag='"0x1"', source_match_condition=MatchConditions.IfNotModified)
with checks.refused(ResourceNotFoundError, "CannotVerifyCopySource", 404, "a copy of nothing"):
    copy.start_copy_from_url(container.get_blob_client("none").url)
with checks.refused(ResourceExistsError, "NoPendingCopyOperation", 409, "ending a copy that is done"):
    copy.abort_copy(answer["copy_id"])
snapshot = source.create_snapshot()["snapshot"]
source.set_blob_metadata({"kind": "changed"})
copy.start_copy_from_url(container.get_blob_client(source.blob_name, snapshot=snapshot).url)
checks.equal(copy.get_blob_properties().metadata, {"kind": "dump"}, "a copy of a snapshot")
source.start_copy_from_url(container.get_blob_client(source.blob_name, snapshot=snapshot).url)
checks.equal(source.get_blob_properties().metadata, {"kind": "dump"}, "a snapshot is brought back")

# Synchronously: the source needs a token of its own.
now = container.get_blob_client("now")
answer = now.start_copy_from_url(signed(source), requires_sync=True)
checks.equal(answer["copy_status"], "success", "a synchronous copy")
checks.that(now.download_blob().readall() == content, "the bytes of a synchronous copy")
with checks.refused(ResourceNotFoundError, "CannotVerifyCopySource", 403, "a source whose token permits no reading"):
    permission = BlobSasPermissions(write=True)
    token = generate_blob_sas(container_name="copies", blob_name=source.blob_name, permission=permission, **account)
    now.start_copy_from_url(f"{source.url}?{token}", requires_sync=True)

# Put Blob From URL.
whole = container.get_blob_client("whole")
whole.upload_blob_from_url(signed(source), metadata={"by": "url"})
found = whole.get_blob_properties()
checks.equal((found.size, found.metadata), (len(content), {"by": "url"}), "a blob from a URL")
checks.that(whole.download_blob().readall() == content, "its bytes")
with checks.refused(ResourceExistsError, "BlobAlreadyExists", 409, "a blob from a URL over one that is there"):
    whole.upload_blob_from_url(signed(source), overwrite=False)
whole.upload_blob_from_url(signed(source), overwrite=True, standard_blob_tier=StandardBlobTier.COOL)
checks.equal(whole.get_blob_properties().blob_tier, "Cool", "its tier")

# Put Block From URL: pieces of blobs become a new one.
joined = container.get_blob_client("joined")
joined.stage_block_from_url("MDAwMQ==", signed(source), source_offset=1_000_000, source_length=500_000)
joined.stage_block("MDAwMg==", b"between")
joined.stage_block_from_url("MDAwMw==", signed(copy), source_offset=0, source_length=10)
joined.commit_block_list([BlobBlock("MDAwMQ=="), BlobBlock("MDAwMg=="), BlobBlock("MDAwMw==")])
checks.that(joined.download_blob().readall() == content[1_000_000:1_500_000] + b"between" + content[:10],
            "blocks from two blobs and from the client")
joined.stage_block_from_url("MDAwMQ==", signed(source))
joined.commit_block_list([BlobBlock("MDAwMQ==")])
checks.that(joined.download_blob().readall() == content, "a whole blob as one block")
with checks.refused(ResourceNotFoundError, "CannotVerifyCopySource", 416, "a block from beyond the end"):
    joined.stage_block_from_url("MDAwMg==", signed(source), source_offset=len(content) + 1, source_length=10)

# By tokens alone: a reader of the source and a writer of the target.
token = generate_container_sas(container_name="others", permission=ContainerSasPermissions(write=True), **account)
writer = BlobClient(fields["BlobEndpoint"], "others", "by-token", credential=token, retry_total=0)
writer.start_copy_from_url(signed(source))
checks.that(service.get_blob_client("others", "by-token").download_blob().readall() == content, "a copy by two tokens")
with checks.refused(ResourceNotFoundError, "CannotVerifyCopySource", 404, "a copy by a token that has no right to read"):
    writer.start_copy_from_url(source.url)
checks.done()
