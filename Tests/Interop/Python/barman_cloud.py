"""barman-cloud: WAL archiving by a running server, backups, restores to another directory, recovery to a moment."""

import json
import shutil

import checks
import cluster
from barman_tools import URL, barman, done, result, script

archive = script("archive.sh", "wal-archive", "--gzip", URL, "demo", '"$1"')
restore = script("restore.sh", "wal-restore", URL, "demo", '"$1"', '"$2"')

# The container does not exist yet: barman makes it.
barman("check-wal-archive")
cluster.archive_by(f"{archive} %p")
cluster.sql("CREATE TABLE words AS SELECT n, md5(n::text) AS word FROM generate_series(1, 200000) n")
first = cluster.switch_wal()
container = checks.service().get_container_client("barman")
stored = [blob.name for blob in container.list_blobs(name_starts_with="clusters/demo/wals/")]
checks.that(f"clusters/demo/wals/{first[:16]}/{first}.gz" in stored, f"the segment is in the container: {stored}")

barman("backup", "--immediate-checkpoint", "--name=monday")
cluster.sql("CREATE TABLE later AS SELECT n FROM generate_series(1, 5000) n")
cluster.switch_wal()
barman("backup", "--immediate-checkpoint", "--gzip", "--jobs=2", "--min-chunk-size=5MB", "--name=tuesday")
cluster.sql("INSERT INTO later VALUES (-1)")
named = cluster.sql("SELECT pg_create_restore_point('before')")
cluster.sql("DELETE FROM later WHERE n > 100")
cluster.sql("INSERT INTO later VALUES (-2)")
cluster.switch_wal()
checks.that(named != "", "a restore point is in the WAL")

listed = json.loads(barman("backup-list", "--format=json"))["backups_list"]
checks.equal([backup["backup_name"] for backup in listed], ["monday", "tuesday"], "two backups")
checks.equal([backup["status"] for backup in listed], ["DONE", "DONE"], "both are done")
one, two = [backup["backup_id"] for backup in listed]
shown = json.loads(barman("backup-show", "--format=json", "tuesday"))
checks.equal(shown["cloud"]["backup_id"], two, "a backup by its name")
blobs = {blob.name: blob.size for blob in container.list_blobs(name_starts_with="clusters/demo/base/")}
checks.that({f"clusters/demo/base/{one}/data.tar", f"clusters/demo/base/{one}/backup.info"} <= set(blobs),
            f"the blobs of the first backup: {list(blobs)}")
checks.that(f"clusters/demo/base/{two}/data.tar.gz" in blobs, "the second backup is compressed")
tar = container.get_blob_client(f"clusters/demo/base/{one}/data.tar")
checks.that(len(tar.get_block_list()[0]) > 1, "a backup is a stream in blocks")
checks.equal(tar.get_blob_properties().size, blobs[tar.blob_name], "its size")


def restored(backup, target=None):
    """What the tables of a backup's copy hold, recovered to the target or to the end of the WAL."""
    barman("restore", backup, cluster.RESTORED)
    cluster.own(cluster.RESTORED)
    settings = f"restore_command = '{restore} %f %p'\narchive_mode = off\n"
    if target:
        settings += f"recovery_target_name = '{target}'\nrecovery_target_action = promote\n"
    cluster.write("restored/recovery.signal", "")
    with open(cluster.RESTORED / "postgresql.auto.conf", "a", encoding="utf-8") as file:
        file.write(settings)
    host = cluster.start_restored()
    found = cluster.fingerprint(host)
    rows = cluster.sql("SELECT count(*), min(n) FROM later", host)
    cluster.stop_restored()
    shutil.rmtree(cluster.RESTORED)
    return found, rows


expected = cluster.fingerprint()
found, rows = restored(two)
checks.equal(found, expected, "the second backup with all WAL after it is the cluster as it is")
checks.equal(rows, "102|-2", "rows added and deleted after the backup")
found, rows = restored(one, target="before")
checks.equal(found["words"], expected["words"], "the first backup has the table of then")
checks.equal(rows, "5001|-1", "the first backup and the WAL up to the restore point")

# One segment, by hand; one that was never archived.
segment = cluster.HOME / "segment"
barman("wal-restore", first, segment)
checks.equal(segment.stat().st_size, 16 << 20, "a segment comes back whole")
ended = result("wal-restore", "0000000100000000000000FF", segment)
checks.equal(ended.returncode, 1, f"a segment that was never archived: {ended.stderr}")
done()
