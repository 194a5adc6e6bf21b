"""The SDK over TLS, which trusts the authority in REQUESTS_CA_BUNDLE, and a token for https alone."""

import os

import checks
from azure.core.exceptions import ServiceRequestError
from azure.storage.blob import BlobClient, BlobSasPermissions, generate_blob_sas

authority = os.environ["REQUESTS_CA_BUNDLE"]
content = checks.noise(9_000_000)
service = checks.service(connection_verify=authority, max_single_put_size=1 << 20, max_block_size=1 << 20)
container = service.create_container("encrypted")
checks.that(service.url.startswith("https://"), "the service speaks TLS")
blob = container.upload_blob("blob", checks.Unmeasured(content), max_concurrency=2)
checks.that(blob.download_blob(max_concurrency=2).readall() == content, "a stream comes back")
checks.equal(blob.download_blob(offset=4_999_999, length=12).readall(), content[4_999_999:5_000_011], "a range")
checks.equal([entry.size for entry in container.list_blobs()], [len(content)], "a listing")
fields = checks.connection()
token = generate_blob_sas(
    fields["AccountName"], "encrypted", "blob", account_key=fields["AccountKey"], protocol="https",
    permission=BlobSasPermissions(read=True), expiry=checks.from_now(hours=1))
reader = BlobClient.from_blob_url(f"{blob.url}?{token}", connection_verify=authority)
checks.that(reader.download_blob().readall() == content, "a token for https alone")
del os.environ["REQUESTS_CA_BUNDLE"]
try:
    checks.service().get_service_properties()
    checks.that(False, "an authority that is not trusted")
except ServiceRequestError as error:
    checks.that("certificate" in str(error).lower(), f"an authority that is not trusted: {error}")
checks.done()
