"""Account SAS tokens, made with nothing but Python's own library."""

import base64
import datetime
import hashlib
import hmac
import urllib.parse


def account_token(account, key, hours=12):
    """A token for everything in the blobs of an account, for so many hours from now."""
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)
    fields = {
        "sv": "2021-12-02", "ss": "b", "srt": "sco", "sp": "rwdlac", "se": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "spr": "https,http",
    }
    text = "\n".join(
        [account, fields["sp"], fields["ss"], fields["srt"], "", fields["se"], "", fields["spr"], fields["sv"], "", ""])
    signature = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
    fields["sig"] = base64.b64encode(signature).decode()
    return urllib.parse.urlencode(fields)
