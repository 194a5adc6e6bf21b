"""Conditions on the tags of a blob."""

import checks
from azure.core.exceptions import ResourceModifiedError

container = checks.service().create_container("conditions")
blob = container.upload_blob("blob", b"content", tags={"kind": "archive", "size": "5"})
checks.equal(blob.download_blob(if_tags_match_condition="\"kind\" = 'archive'").readall(), b"content", "a condition")
with checks.refused(ResourceModifiedError, "ConditionNotMet", 412, "a condition on tags that does not hold"):
    blob.download_blob(if_tags_match_condition="\"kind\" = 'dump'")
with checks.refused(ResourceModifiedError, "ConditionNotMet", 412, "removing by a condition that does not hold"):
    blob.delete_blob(if_tags_match_condition="\"kind\" <> 'archive'")
both = "\"kind\" = 'archive' AND \"size\" >= '5'"
blob.upload_blob(b"other", overwrite=True, if_tags_match_condition=both, tags={"kind": "archive", "size": "1"})
checks.equal(blob.download_blob().readall(), b"other", "replacing by a condition that holds")
with checks.refused(ResourceModifiedError, "ConditionNotMet", 412, "replacing by one that holds no longer"):
    blob.upload_blob(b"x", overwrite=True, if_tags_match_condition=both)
with checks.refused(ResourceModifiedError, "ConditionNotMet", 412, "setting tags by a condition that does not hold"):
    blob.set_blob_tags({}, if_tags_match_condition="\"kind\" = 'dump'")
checks.equal(blob.get_blob_tags(if_tags_match_condition="\"kind\" = 'archive'"), {"kind": "archive", "size": "1"},
             "reading tags by a condition that holds")
checks.done()
