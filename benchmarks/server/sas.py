"""Account SAS tokens of the embedded server, made with nothing but Python's own library."""
import base64
import hashlib
import hmac
import urllib.parse

EMULATOR = ("devstoreaccount1", "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==")


def account_token(account: str, key: str) -> str:
    """A token for everything until 2035."""
    fields = {
        "sv": "2021-12-02", "ss": "b", "srt": "sco", "sp": "rwdlac", "se": "2035-01-01T00:00:00Z", "spr": "https,http",
    }
    text = "\n".join(
        [account, fields["sp"], fields["ss"], fields["srt"], "", fields["se"], "", fields["spr"], fields["sv"], "", ""])
    signature = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
    fields["sig"] = base64.b64encode(signature).decode()
    return urllib.parse.urlencode(fields)
