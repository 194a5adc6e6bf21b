"""az against `penstock serve --azure`: registers it as a cloud, signs in, and changes accounts there."""

import os

import checks
import tools

stage = os.environ["STAGE"]
az = tools.Tool(f"{tools.CLIENTS}/azure-cli-venv/bin/az", {
    "AZURE_CONFIG_DIR": str(checks.directory()), "AZURE_CORE_COLLECT_TELEMETRY": "no", "AZURE_CORE_NO_COLOR": "1",
    "AZURE_CORE_ONLY_SHOW_ERRORS": "1", "AZURE_CORE_INSTANCE_DISCOVERY": "false",
    "REQUESTS_CA_BUNDLE": os.environ["REQUESTS_CA_BUNDLE"]})
tenant = "11111111-000a-4000-8000-0000000000"
account = ["--name", "contosobackups", "--resource-group", "contoso-backups"]
blobs = ["--blob-endpoint", f"{stage}/contosobackups", "--auth-mode", "login"]
scope = (
    f"/subscriptions/{tenant}01/resourceGroups/contoso-backups/providers/Microsoft.Storage/storageAccounts"
    "/contosobackups")

az.run("cloud", "register", "--name", "stage", "--endpoint-resource-manager", stage)
az.run("cloud", "set", "--name", "stage")
signed_in = az.json(
    "login", "--service-principal", "--username", f"{tenant}10", "--password", "stage-secret-of-contoso-operator",
    "--tenant", f"{tenant}00")
checks.equal([entry["id"] for entry in signed_in], [f"{tenant}01"], "the subscription")
shown = az.json("storage", "account", "show", *account)
checks.equal(shown["primaryEndpoints"]["blob"], f"{stage}/contosobackups/", "the endpoint")
changed = az.json("storage", "account", "update", *account, "--min-tls-version", "TLS1_2", "--bypass", "Logging")
checks.equal(changed["networkRuleSet"]["bypass"], "Logging", "a property that was changed")
az.json("rest", "--method", "patch", "--url", f"{scope}?api-version=2023-05-01", "--body",
        '{"properties": {"allowedCopyScope": "AAD"}}')
checks.equal(az.json("storage", "account", "show", *account)["allowedCopyScope"], "AAD", "a property by az rest")
az.json("rest", "--method", "patch", "--url", f"{scope}?api-version=2023-05-01", "--body",
        '{"properties": {"allowedCopyScope": null}}')
checks.equal(az.json("storage", "account", "show", *account)["allowedCopyScope"], None, "a property taken away")
keys = az.json("storage", "account", "keys", "list", "--account-name", "contosobackups",
               "--resource-group", "contoso-backups")
checks.equal([key["keyName"] for key in keys], ["key1", "key2"], "the keys")
made = az.json(
    "role", "assignment", "create", "--assignee-object-id", f"{tenant}41", "--assignee-principal-type",
    "ServicePrincipal", "--role", "Storage Blob Data Reader", "--scope", scope)
checks.equal(made["principalId"], f"{tenant}41", "a role")
az.json("storage", "container-rm", "create", "--name", "box", "--storage-account", "contosobackups",
        "--resource-group", "contoso-backups")
checks.equal(az.json("storage", "container", "exists", "--name", "box", *blobs), {"exists": True}, "a container")
file = checks.directory() / "file"
file.write_bytes(checks.noise(1000))
az.json("storage", "blob", "upload", "--file", str(file), "--container-name", "box", "--name", "blob", *blobs)
listed = az.json("storage", "blob", "list", "--container-name", "box", *blobs)
checks.equal([entry["name"] for entry in listed], ["blob"], "blobs by a token of az")
checks.done("azure-cli", az.json("version")["azure-cli"])
