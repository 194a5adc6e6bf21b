"""az, told by a connection string in its environment. It takes a second to start: the programs use few commands."""

import os

import checks
import tools

_environment = {
    "AZURE_CONFIG_DIR": str(checks.directory()), "AZURE_CORE_COLLECT_TELEMETRY": "no", "AZURE_CORE_NO_COLOR": "1",
    "AZURE_CORE_ONLY_SHOW_ERRORS": "1",
}
PROGRAM = f"{tools.CLIENTS}/azure-cli-venv/bin/az"

# By the account's key.
az = tools.Tool(PROGRAM, {
    **_environment, "AZURE_STORAGE_CONNECTION_STRING": os.environ["AZURE_STORAGE_CONNECTION_STRING"]})
# By what is given as --sas-token, or nothing.
stranger = tools.Tool(PROGRAM, _environment)


def done():
    checks.done("azure-cli", az.json("version")["azure-cli"])
