"""pgBackRest over TLS: WAL archiving, a full and an incremental backup, verification, restore, recovery to a moment."""

import json
import os
import shutil
import subprocess
import urllib.parse

import checks
import cluster

endpoint = urllib.parse.urlsplit(checks.connection()["BlobEndpoint"])
checks.equal(endpoint.scheme, "https", "the service speaks TLS")
shutil.copy(os.environ["REQUESTS_CA_BUNDLE"], cluster.HOME / "authority.pem")
cluster.own(cluster.HOME / "authority.pem", 0o644)
for name in ["log", "lock", "spool"]:
    (cluster.HOME / name).mkdir()
    cluster.own(cluster.HOME / name)
# The container must be there. pgBackRest compares host names only, so the certificate needs a name.
container = checks.service().create_container("pgbackrest")
configuration = cluster.write("pgbackrest.conf", f"""[global]
repo1-type=azure
repo1-path=/repo
repo1-azure-account={checks.connection()["AccountName"]}
repo1-azure-key={checks.connection()["AccountKey"]}
repo1-azure-container=pgbackrest
repo1-azure-endpoint=localhost
repo1-azure-uri-style=path
repo1-storage-port={endpoint.port}
repo1-storage-ca-file={cluster.HOME}/authority.pem
repo1-retention-full=1
process-max=2
compress-type=lz4
start-fast=y
log-level-file=off
log-path={cluster.HOME}/log
lock-path={cluster.HOME}/lock
spool-path={cluster.HOME}/spool
io-timeout=60

[demo]
pg1-path={cluster.DATA}
pg1-socket-path={cluster.HOME}
pg1-user=postgres
""")


def backrest(command, *options):
    """What it writes, where it ends well."""
    ended = result(command, *options)
    checks.that(ended.returncode == 0, f"pgbackrest {command} {options} ends well: {ended.stdout}{ended.stderr}")
    return ended.stdout


def result(command, *options):
    return cluster.result("/usr/bin/pgbackrest", f"--config={configuration}", "--stanza=demo", *options, command)


def info():
    return json.loads(backrest("info", "--output=json"))[0]


backrest("stanza-create")
cluster.archive_by(f"/usr/bin/pgbackrest --config={configuration} --stanza=demo archive-push %p")
backrest("check")
cluster.sql("CREATE TABLE words AS SELECT n, md5(n::text) AS word FROM generate_series(1, 200000) n")
# Does not compress, and is larger than what goes in one request.
cluster.sql("CREATE TABLE noise AS SELECT n, array_agg(random()) AS numbers FROM generate_series(1, 5000) n, "
            "generate_series(1, 200) GROUP BY n")
backrest("backup", "--type=full")
state = info()
checks.equal((state["status"]["code"], [backup["type"] for backup in state["backup"]]), (0, ["full"]), "a full backup")
full = state["backup"][0]["label"]
names = {blob.name: blob.size for blob in container.list_blobs(name_starts_with=f"repo/backup/demo/{full}/")}
checks.that(len(names) > 500, f"every file is a blob: {len(names)}")
large = max(names, key=names.get)
checks.that(len(container.get_blob_client(large).get_block_list()[0]) > 1, "a large file is a list of blocks")

cluster.sql("CREATE TABLE later AS SELECT n FROM generate_series(1, 5000) n")
cluster.sql("DELETE FROM words WHERE n % 2 = 0")
backrest("backup", "--type=incr")
incremental = info()["backup"][1]
checks.equal((incremental["type"], incremental["prior"]), ("incr", full), "an incremental backup")
checks.that(incremental["info"]["repository"]["delta"] < state["backup"][0]["info"]["repository"]["delta"],
            "it is smaller than the full one")
cluster.sql("INSERT INTO later VALUES (-1)")
cluster.sql("SELECT pg_create_restore_point('before')")
cluster.sql("INSERT INTO later VALUES (-2)")
segment = cluster.switch_wal()
expected = cluster.fingerprint()
checks.equal(backrest("verify").strip(), "", "nothing is wrong in the repository")
archive = info()["archive"][0]
checks.that(archive["max"] >= segment, f"the archive holds {segment}: {archive}")


def restored(*options):
    """What the tables of a restored copy hold."""
    cluster.RESTORED.mkdir()
    cluster.own(cluster.RESTORED)
    backrest("restore", f"--pg1-path={cluster.RESTORED}", *options)
    host = cluster.start_restored()
    found = cluster.fingerprint(host), cluster.sql("SELECT count(*), min(n) FROM later", host)
    cluster.stop_restored()
    return found


found, rows = restored()
checks.equal(found, expected, "the newest backup with all WAL after it is the cluster as it is")
checks.equal(rows, "5002|-2", "rows added after the incremental backup")
# The directory is brought back to an earlier moment: only what differs is fetched.
backrest("restore", f"--pg1-path={cluster.RESTORED}", "--delta", "--type=name", "--target=before",
         "--target-action=promote")
host = cluster.start_restored()
checks.equal(cluster.sql("SELECT count(*), min(n) FROM later", host), "5001|-1", "recovered to the restore point")
checks.equal(cluster.fingerprint(host)["noise"], expected["noise"], "and all else is there")
cluster.stop_restored()
shutil.rmtree(cluster.RESTORED)

# A second full backup takes the first one's place; a file that goes missing is noticed.
backrest("backup", "--type=full")
labels = [backup["label"] for backup in info()["backup"]]
checks.that(len(labels) == 1 and labels[0] > full, f"the older backups have expired: {labels}")
checks.equal(list(container.list_blobs(name_starts_with=f"repo/backup/demo/{full}/")), [], "their blobs are gone")
victim = max((blob for blob in container.list_blobs(name_starts_with=f"repo/backup/demo/{labels[0]}/pg_data/")),
             key=lambda blob: blob.size)
container.delete_blob(victim.name)
said = result("verify", "--output=text", "--verbose").stdout
checks.that("missing" in said.lower(), f"a missing blob is noticed: {said}")
backrest("stop")
backrest("stanza-delete", "--force")
checks.equal(list(container.list_blobs(name_starts_with="repo/backup/demo/")), [], "nothing of the stanza is left")
said = subprocess.run(["/usr/bin/pgbackrest", "version"], capture_output=True, check=True).stdout.decode()
checks.done("pgBackRest", said.split()[1])
