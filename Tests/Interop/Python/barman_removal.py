"""barman-cloud-backup-delete, which removes the blobs of a backup in a batch. Runs after barman_cloud.py."""

import json

import checks
from barman_tools import barman, done

container = checks.service().get_container_client("barman")
one, two = [backup["backup_id"] for backup in json.loads(barman("backup-list", "--format=json"))["backups_list"]]
segments = len(list(container.list_blobs(name_starts_with="clusters/demo/wals/")))
barman("backup-delete", f"--backup-id={one}")
left = json.loads(barman("backup-list", "--format=json"))["backups_list"]
checks.equal([backup["backup_id"] for backup in left], [two], "a removed backup is gone")
checks.equal(list(container.list_blobs(name_starts_with=f"clusters/demo/base/{one}/")), [], "and so are its blobs")
checks.that(len(list(container.list_blobs(name_starts_with=f"clusters/demo/base/{two}/"))) > 1, "the other one is kept")
checks.that(len(list(container.list_blobs(name_starts_with="clusters/demo/wals/"))) < segments,
            "WAL that only it needed is gone")
done()
