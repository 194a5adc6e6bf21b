"""Copies: by name in one account, blobs and blocks from URLs, and a copy that is ended before it is done."""

import base64
import contextlib
import hashlib
import http.server
import threading
import time

import checks
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobBlock, BlobSasPermissions, ContentSettings, StandardBlobTier, generate_blob_sas

service = checks.service()
container = service.create_container("copies")
content = checks.noise(5_000_000)
settings = ContentSettings(content_type="application/sql", content_language="de")
source = container.get_blob_client("source")
source.upload_blob(content, metadata={"one": "1"}, content_settings=settings, tags={"a": "b"})


def signed(blob, permission="r", **settings):
    """The URL of a blob with a token."""
    fields = checks.connection()
    token = generate_blob_sas(
        fields["AccountName"], blob.container_name, blob.blob_name, account_key=fields["AccountKey"],
        permission=BlobSasPermissions.from_string(permission), expiry=checks.from_now(hours=1), **settings)
    return f"{blob.url}{'&' if '?' in blob.url else '?'}{token}"


# Copy Blob, which is done at once here.
copy = container.get_blob_client("copy")
answer = copy.start_copy_from_url(source.url)
checks.equal(answer["copy_status"], "success", "the state of a copy in one account")
found = copy.get_blob_properties()
checks.equal((found.copy.id, found.copy.status, found.copy.progress), (answer["copy_id"], "success", "5000000/5000000"),
             "what the copy tells of itself")
checks.equal(found.copy.source, source.url, "the source that the copy tells")
checks.that(found.copy.completion_time is not None, "the copy tells when it was done")
checks.equal((found.content_settings.content_type, found.content_settings.content_language), ("application/sql", "de"),
             "the headers of a copy")
checks.equal(found.metadata, {"one": "1"}, "the metadata of a copy")
checks.that(copy.download_blob().readall() == content, "a copy has the bytes")
checks.equal(copy.get_blob_tags(), {}, "a copy has no tags of its source")
described = container.get_blob_client("described")
described.start_copy_from_url(
    source.url, metadata={"two": "2"}, tags={"c": "d"}, standard_blob_tier=StandardBlobTier.COOL)
found = described.get_blob_properties()
checks.equal((found.metadata, found.blob_tier, described.get_blob_tags()), ({"two": "2"}, "Cool", {"c": "d"}),
             "what is given replaces what the source has")
listed = {blob.name: blob.copy.status for blob in container.list_blobs(include=["copy"])}
checks.equal((listed["copy"], listed["source"]), ("success", None), "copies in a listing")
with checks.refused(ResourceNotFoundError, "CannotVerifyCopySource", 404, "a source that is not there"):
    copy.start_copy_from_url(container.get_blob_client("nothing").url)
with checks.refused(ResourceExistsError, "NoPendingCopyOperation", 409, "ending a copy that is done"):
    copy.abort_copy(answer["copy_id"])
with checks.refused(HttpResponseError, "SourceConditionNotMet", 412, "another source than the one named"):
    copy.start_copy_from_url(source.url, source_etag='"0x1"', source_match_condition=MatchConditions.IfNotModified)

# Copy Blob From URL, which the client waits for.
awaited = container.get_blob_client("awaited")
answer = awaited.start_copy_from_url(signed(source), requires_sync=True)
checks.equal(answer["copy_status"], "success", "the state of a copy that was waited for")
checks.that(awaited.download_blob().readall() == content, "a copy that was waited for has the bytes")
snapshot = source.create_snapshot()
source.upload_blob(b"new", overwrite=True)
awaited.start_copy_from_url(f"{source.url}?snapshot={snapshot['snapshot']}")
checks.that(awaited.download_blob().readall() == content, "a snapshot is copied as it was")
source.delete_blob(delete_snapshots="include")
checks.that(copy.download_blob().readall() == content, "a copy stays when its source is gone")

# Put Blob From URL.
put = container.get_blob_client("put")
put.upload_blob_from_url(signed(copy), metadata={"three": "3"})
found = put.get_blob_properties()
checks.that(put.download_blob().readall() == content, "a blob from a URL has the bytes")
checks.equal((found.content_settings.content_type, found.metadata, found.copy.status),
             ("application/sql", {"three": "3"}, None), "what a blob from a URL has of its source")
with checks.refused(ResourceExistsError, "BlobAlreadyExists", 409, "a blob from a URL over another"):
    put.upload_blob_from_url(signed(copy))
put.upload_blob_from_url(
    signed(copy), overwrite=True, include_source_blob_properties=False,
    content_settings=ContentSettings(content_type="x/y"), source_content_md5=bytearray(hashlib.md5(content).digest()))
checks.equal(put.get_blob_properties().content_settings.content_type, "x/y", "the type that is given")
with checks.refused(HttpResponseError, "Md5Mismatch", 400, "a source with another digest"):
    put.upload_blob_from_url(signed(copy), overwrite=True, source_content_md5=bytearray(16))
with checks.refused(ResourceNotFoundError, "CannotVerifyCopySource", 403, "a source without a right to read it"):
    put.upload_blob_from_url(signed(copy, permission="w"), overwrite=True)
checks.that(put.download_blob().readall() == content, "what was refused has changed nothing")

# Put Block From URL.
blocks = container.get_blob_client("blocks")
size = 1_500_000
ids = [base64.b64encode(b"%03d" % index).decode() for index in range(4)]
for index, identifier in enumerate(ids):
    offset = index * size
    blocks.stage_block_from_url(identifier, signed(copy), offset, min(size, len(content) - offset))
blocks.commit_block_list([BlobBlock(identifier) for identifier in ids])
checks.that(blocks.download_blob().readall() == content, "blocks from URLs make the blob again")
blocks.stage_block_from_url(
    ids[0], signed(copy), 10, 90, source_content_md5=bytearray(hashlib.md5(content[10:100]).digest()))
with checks.refused(HttpResponseError, "Md5Mismatch", 400, "a block from a URL with another digest"):
    blocks.stage_block_from_url(ids[1], signed(copy), 10, 90, source_content_md5=bytearray(16))
blocks.commit_block_list([BlobBlock(ids[0])])
checks.equal(blocks.download_blob().readall(), content[10:100], "a block is the part that was asked for")


# A source elsewhere that stops in the middle: the copy is pending until it is ended.
class Source(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    held = threading.Event()

    def do_GET(self):
        first, last = (int(part) for part in self.headers["Range"].removeprefix("bytes=").split("-"))
        part = content[first:last + 1]
        if first > 0:
            self.held.wait(60)
        self.send_response(206)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(content)}")
        self.send_header("ETag", '"one"')
        self.end_headers()
        # Whoever ended the copy takes no more of it.
        with contextlib.suppress(ConnectionError):
            self.wfile.write(part)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Source)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
elsewhere = f"http://127.0.0.1:{server.server_port}/file"
slow = container.get_blob_client("slow")
answer = slow.start_copy_from_url(elsewhere, metadata={"kept": "yes"})
checks.equal(answer["copy_status"], "pending", "the state of a copy from elsewhere")
checks.equal(slow.get_blob_properties().copy.status, "pending", "the state that the blob tells")
with checks.refused(ResourceExistsError, "PendingCopyOperation", 409, "writing to a blob that is copied to"):
    slow.upload_blob(b"x", overwrite=True)
slow.abort_copy(answer["copy_id"])
found = slow.get_blob_properties()
checks.equal((found.copy.status, found.size, found.metadata), ("aborted", 0, {"kept": "yes"}), "a copy that was ended")
Source.held.set()
answer = slow.start_copy_from_url(elsewhere)
end = time.monotonic() + 60
while slow.get_blob_properties().copy.status == "pending" and time.monotonic() < end:
    time.sleep(0.02)
checks.equal(slow.get_blob_properties().copy.status, "success", "a copy from elsewhere in the end")
checks.that(slow.download_blob().readall() == content, "a copy from elsewhere has the bytes")
slow.upload_blob_from_url(elsewhere, overwrite=True)
checks.that(slow.download_blob().readall() == content, "a blob from elsewhere has the bytes")
checks.done()
