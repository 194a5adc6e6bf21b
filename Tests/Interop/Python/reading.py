"""Reading: ranges, pieces in parallel, checked content, and a large blob."""

import hashlib
import io

import checks
from azure.core.exceptions import HttpResponseError

service = checks.service(max_single_get_size=65_536, max_chunk_get_size=40_000)
container = service.create_container("reading")
content = checks.noise(1_000_000)
blob = container.upload_blob("read", content)

for offset, length in [(0, 1), (0, 65_536), (65_535, 2), (1, 999_998), (999_999, 1), (500_000, 400_000), (123, None)]:
    expected = content[offset:] if length is None else content[offset:offset + length]
    checks.that(blob.download_blob(offset, length).readall() == expected, f"the range {offset}+{length}")
checks.that(blob.download_blob(999_990, 1_000).readall() == content[999_990:], "a range that reaches beyond the end")
with checks.refused(HttpResponseError, "InvalidRange", 416, "a range that begins at the end"):
    blob.download_blob(1_000_000, 1)
checks.equal(blob.download_blob(10, 20).size, 20, "the size of a range")
checks.equal(blob.download_blob(10, 20).properties.size, 20, "the size in the properties of a range")

into = io.BytesIO()
checks.equal(blob.download_blob(max_concurrency=4).readinto(into), 1_000_000, "the count of readinto")
checks.that(into.getvalue() == content, "readinto with four connections")
pieces = list(blob.download_blob().chunks())
checks.that(b"".join(pieces) == content and len(pieces) > 20, "the content in chunks")
stream = blob.download_blob()
checks.that(stream.read(100) + stream.read(65_500) + stream.read() == content, "the content in three reads")
checks.equal(container.upload_blob("nothing", b"").download_blob().readall(), b"", "an empty blob")
with checks.refused(HttpResponseError, "InvalidRange", 416, "a range of an empty blob"):
    container.download_blob("nothing", offset=0, length=10)

# MD5 of every request and of every range.
checked = container.get_blob_client("checked")
checked.upload_blob(content, validate_content=True)
checks.that(checked.download_blob(validate_content=True).readall() == content, "checked content comes back")
checks.that(checked.download_blob(70_000, 90_000, validate_content=True).readall() == content[70_000:160_000],
            "a checked range comes back")
small = container.upload_blob("small", b"small", validate_content=True)
checks.equal(bytes(small.get_blob_properties().content_settings.content_md5), hashlib.md5(b"small").digest(),
             "the MD5 of a blob uploaded in one request")
with checks.refused(HttpResponseError, "Md5Mismatch", 400, "an upload whose MD5 is wrong"):
    container.upload_blob("bad", b"content", headers={"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="})

# 100 MiB in blocks of 4 MiB, over four connections each way, with the SDK's own sizes.
large = checks.service().get_blob_client("reading", "large")
megabyte = checks.noise(1 << 20, seed=7)
content = b"".join(number.to_bytes(8, "big") + megabyte[8:] for number in range(100))
digest = hashlib.sha256(content).hexdigest()
large.upload_blob(io.BytesIO(content), max_concurrency=4)
checks.equal(large.get_blob_properties().size, 100 << 20, "the size of a large blob")
checks.equal(hashlib.sha256(large.download_blob(max_concurrency=4).readall()).hexdigest(), digest,
             "the SHA-256 of a large blob")
whole = hashlib.sha256()
for piece in large.download_blob().chunks():
    whole.update(piece)
checks.equal(whole.hexdigest(), digest, "the SHA-256 of a large blob in chunks")
checks.done()
