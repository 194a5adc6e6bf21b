"""az storage blob beyond files: metadata, leases, snapshots, copies, tiers, tags and stored access policies."""

import checks
from azure_cli import az, done, stranger

service = checks.service()
container = service.create_container("states")
content = checks.noise(300_000)
container.upload_blob("one", content, metadata={"first": "1"})
blob = container.get_blob_client("one")
one = ["-c", "states", "-n", "one"]

# Metadata and properties.
az("storage", "blob", "metadata", "update", *one, "--metadata", "second=2", "third=3")
checks.equal(blob.get_blob_properties().metadata, {"second": "2", "third": "3"}, "metadata")
az("storage", "blob", "update", *one, "--content-type", "text/plain", "--content-cache", "no-cache")
settings = blob.get_blob_properties().content_settings
checks.equal((settings.content_type, settings.cache_control), ("text/plain", "no-cache"), "properties")
az("storage", "container", "metadata", "update", "-n", "states", "--metadata", "team=db")
checks.equal(container.get_container_properties().metadata, {"team": "db"}, "metadata of the container")

# Leases.
lease = az.json("storage", "blob", "lease", "acquire", "-c", "states", "-b", "one", "--lease-duration", "60")
checks.equal(len(lease), 36, "the id of a lease")
az.refused("LeaseIdMissing", "storage", "blob", "delete", *one)
az("storage", "blob", "metadata", "update", *one, "--metadata", "by=holder", "--lease-id", lease)
az("storage", "blob", "lease", "release", "-c", "states", "-b", "one", "--lease-id", lease)
checks.equal(blob.get_blob_properties().lease.state, "available", "released")

# Snapshots.
snapshot = az.json("storage", "blob", "snapshot", *one, "--query", "snapshot")
blob.upload_blob(b"replaced", overwrite=True)
path = str(checks.directory() / "snapshot")
az("storage", "blob", "download", *one, "--snapshot", snapshot, "-f", path, "--no-progress")
with open(path, "rb") as file:
    checks.that(file.read() == content, "a snapshot keeps the bytes")
checks.equal(az.json("storage", "blob", "list", "-c", "states", "--include", "s", "--query", "[].[snapshot]"),
             [[snapshot], [None]], "snapshots in a listing")
az("storage", "blob", "delete", *one, "--delete-snapshots", "include")

# Copies, tiers and tags. (With --source-container, az asks for a copy from Azure, whatever endpoint it is told.)
container.upload_blob("source", content)
copy = az.json("storage", "blob", "copy", "start", "--destination-container", "states", "--destination-blob", "copy",
               "--source-uri", container.get_blob_client("source").url)
checks.equal(copy["copy_status"], "success", "a copy within the account is done at once")
checks.that(container.download_blob("copy").readall() == content, "the bytes of the copy")
az("storage", "blob", "set-tier", "-c", "states", "-n", "copy", "--tier", "Cool")
checks.equal(container.get_blob_client("copy").get_blob_properties().blob_tier, "Cool", "the tier")
az("storage", "blob", "upload", "-c", "states", "-n", "tagged", "-f", "/dev/null", "--tags", "kind=dump", "--no-progress")
checks.equal(container.get_blob_client("tagged").get_blob_tags(), {"kind": "dump"}, "tags of an upload")

# A stored access policy, and a token that names it.
az("storage", "container", "policy", "create", "-c", "states", "-n", "readers", "--permissions", "r", "--expiry",
   checks.from_now(hours=1).strftime("%Y-%m-%dT%H:%MZ"))
policies = container.get_container_access_policy()["signed_identifiers"]
checks.equal([policy.id for policy in policies], ["readers"], "stored policies")
token = az.text("storage", "container", "generate-sas", "-n", "states", "--policy-name", "readers", "-o", "tsv")
by_token = ["--blob-endpoint", checks.connection()["BlobEndpoint"], "--sas-token", token]
stranger("storage", "blob", "download", "-c", "states", "-n", "copy", "-f", path, "--no-progress", *by_token)
az("storage", "container", "policy", "delete", "-c", "states", "-n", "readers")
stranger.refused("Authentication failure", "storage", "blob", "show", "-c", "states", "-n", "copy", *by_token)
done()
