"""Microsoft's identities, blobs and secrets against `penstock serve --azure`, found by STAGE and REQUESTS_CA_BUNDLE."""

import json
import os
import ssl
import urllib.request

import checks
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential, ManagedIdentityCredential, WorkloadIdentityCredential
from azure.keyvault.secrets import SecretClient
from azure.storage.blob import BlobClient, BlobServiceClient, ContainerSasPermissions, generate_container_sas

stage = os.environ["STAGE"]
contoso, fabrikam = "11111111-000a-4000-8000-0000000000", "22222222-000b-4000-8000-0000000000"
alone = {"authority": stage, "disable_instance_discovery": True, "retry_total": 0}


def secret(role, tenant=contoso, company="contoso", text=None):
    number = {"operator": 10, "backup": 20, "reader": 30, "nobody": 40}[role]
    return ClientSecretCredential(
        tenant + "00", f"{tenant}{number}", text or f"stage-secret-of-{company}-{role}", **alone)


def service(account, credential):
    return BlobServiceClient(f"{stage}/{account}", credential=credential, retry_total=0)


def asked(method, path, credential=None, body=None):
    """The stage's answer to what no SDK asks."""
    request = urllib.request.Request(stage + path, json.dumps(body or {}).encode(), method=method)
    request.add_header("Content-Type", "application/json")
    if credential:
        token = credential.get_token("https://management.azure.com/.default").token
        request.add_header("Authorization", f"Bearer {token}")
    context = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
    with urllib.request.urlopen(request, context=context) as answer:
        return json.loads(answer.read() or b"{}")


# Who one is.
backup, reader = secret("backup"), secret("reader")
box = service("contosobackups", secret("operator")).create_container("box")
blob = service("contosobackups", backup).get_blob_client("box", "blob")
blob.upload_blob(checks.noise(100_000))
content = service("contosobackups", reader).get_blob_client("box", "blob").download_blob().readall()
checks.that(content == checks.noise(100_000), "what one identity wrote another reads")
with checks.refused(HttpResponseError, "AuthorizationPermissionMismatch", 403, "a reader that writes"):
    service("contosobackups", reader).get_blob_client("box", "other").upload_blob(b"x")
with checks.refused(HttpResponseError, "AuthorizationPermissionMismatch", 403, "somebody without a role"):
    service("contosobackups", secret("nobody")).get_blob_client("box", "blob").download_blob().readall()
try:
    secret("backup", text="wrong").get_token("https://storage.azure.com/.default")
    checks.that(False, "a wrong secret")
except ClientAuthenticationError as error:
    checks.that("AADSTS7000215" in str(error), f"a wrong secret: {error}")

# Machines, and what runs in a cluster.
os.environ["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = stage
own = ManagedIdentityCredential()
checks.that(own.get_token("https://storage.azure.com/.default").token, "the machine's own identity")
chosen = ManagedIdentityCredential(client_id=f"{contoso}60")
checks.that(
    service("contosobackups", chosen).get_blob_client("box", "blob").get_blob_properties().size == 100_000,
    "an identity that was assigned")
file = checks.directory() / "token"
file.write_text(asked("POST", "/stage/assertions", body={
    "issuer": "https://cluster.contoso.example", "subject": "system:serviceaccount:backups:agent"})["assertion"])
cluster = WorkloadIdentityCredential(
    tenant_id=f"{contoso}00", client_id=f"{contoso}10", token_file_path=str(file), **alone)
checks.that(cluster.get_token("https://storage.azure.com/.default").token, "an identity of a cluster")

# Delegated signatures.
start, end = checks.from_now(minutes=-5), checks.from_now(hours=1)
key = service("contosobackups", backup).get_user_delegation_key(start, end)
token = generate_container_sas(
    "contosobackups", "box", user_delegation_key=key, permission=ContainerSasPermissions(read=True, list=True),
    start=start, expiry=end)
signed = BlobClient.from_blob_url(f"{stage}/contosobackups/box/blob?{token}")
checks.that(signed.download_blob().readall() == content, "a delegated signature reads")
with checks.refused(HttpResponseError, "AuthorizationPermissionMismatch", 403, "a delegated signature that writes"):
    signed.upload_blob(b"x", overwrite=True)
account = (
    f"/subscriptions/{contoso}01/resourceGroups/contoso-backups/providers/Microsoft.Storage/storageAccounts"
    "/contosobackups?api-version=2023-05-01")
operator = secret("operator")
asked("PATCH", account, operator, {"properties": {"allowSharedKeyAccess": False}})
checks.that(signed.exists(), "a delegated signature without shared keys")
asked("PATCH", account, operator, {"properties": {"publicNetworkAccess": "Disabled"}})
with checks.refused(HttpResponseError, "AuthorizationFailure", 403, "an account that is closed"):
    signed.download_blob()
asked("PATCH", account, operator, {"properties": {"publicNetworkAccess": "Enabled"}})

# From tenant to tenant, by the tokens of both.
there = secret("operator", fabrikam, "fabrikam")
target = service("fabrikambackups", there).create_container("box").get_blob_client("copy")
bearer = backup.get_token("https://storage.azure.com/.default").token
target.upload_blob_from_url(blob.url, source_authorization=f"Bearer {bearer}")
checks.that(target.download_blob().readall() == content, "a copy from tenant to tenant")
other = (
    f"/subscriptions/{fabrikam}01/resourceGroups/fabrikam-backups/providers/Microsoft.Storage/storageAccounts"
    "/fabrikambackups?api-version=2023-05-01")
asked("PATCH", other, there, {"properties": {"allowedCopyScope": "AAD"}})
# The SDK takes every CannotVerifyCopySource for something that is missing.
with checks.refused(ResourceNotFoundError, "CannotVerifyCopySource", 403, "a copy from another tenant"):
    target.stage_block_from_url("AAAA", blob.url, source_authorization=f"Bearer {bearer}")

# Secrets.
vault = SecretClient(
    f"{stage}/vaults/contoso-vault", operator, verify_challenge_resource=False, retry_total=0)
checks.that("Password=stage-password" in vault.get_secret("postgres").value, "a secret")
first = vault.set_secret("key", "one").properties.version
vault.set_secret("key", "two")
checks.equal(vault.get_secret("key").value, "two", "the current version")
checks.equal(vault.get_secret("key", first).value, "one", "the first version")
try:
    vault.get_secret("missing")
    checks.that(False, "a secret that is missing")
except ResourceNotFoundError as error:
    checks.equal(error.error.code, "SecretNotFound", "a secret that is missing")
checks.done("azure-identity")
