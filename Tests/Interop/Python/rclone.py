"""rclone, pointed at the service by nothing but --azureblob settings."""

import checks
import tools

_fields = checks.connection()
SETTINGS = {
    "RCLONE_CONFIG": "/dev/null", "RCLONE_RETRIES": "1", "RCLONE_LOW_LEVEL_RETRIES": "1",
    "RCLONE_AZUREBLOB_ACCOUNT": _fields["AccountName"], "RCLONE_AZUREBLOB_KEY": _fields["AccountKey"],
    "RCLONE_AZUREBLOB_ENDPOINT": _fields["BlobEndpoint"],
}
PROGRAM = f"{tools.CLIENTS}/interop-venv/bin/rclone"

rclone = tools.Tool(PROGRAM, SETTINGS)


def at(path):
    return f":azureblob:{path}"


def done():
    version = rclone.run("version").stdout.decode().split("\n")[0]
    checks.done("rclone", version.removeprefix("rclone v"))
