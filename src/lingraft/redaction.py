"""Secrets in texts for people: passwords and queries of addresses, tokens, authorization headers.

`hide_secrets` is applied to all text that leaves a program: the message of every error of ours,
every line of the log, and every traceback (`lingraft.program`). What is written into manifests
comes from the configuration, in which `secret_in` finds no secret.
"""

import re
from urllib.parse import unquote, urlsplit

_STARS = "***"
# Tokens that are known by their form: of the hub, GitHub, GitLab, OpenAI, Slack and AWS,
# and JSON web tokens.
_TOKEN = re.compile(
    r"\bhf_[A-Za-z0-9]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"
    r"|\bsk-[A-Za-z0-9]{20,}|\bxox[a-z]-[A-Za-z0-9-]{10,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
)
_HEADER = re.compile(
    r"((?i:authorization)['\"]?\s*[:=]\s*['\"]?(?:\w+\s+)?|\bBearer\s+)[A-Za-z0-9._~+/=-]{6,}"
)
_USER = re.compile(r"(?<=://)[^/\s?#'\"<>]*@")
_PORT = re.compile(r"(://[^\s/?#'\"<>:@]*):(?!\d{1,5}\b)[^\s/?#'\"<>]+")
_QUERY = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://[^\s?#'\"<>]*)[?#][^\s'\"<>]*")
# Also where the address before it is not shown, as in the messages of http.client.
_NAMED = re.compile(r"([?&;#])([^\s=&;?#'\"<>]{1,60})=[^\s&;'\"<>]+")
# Names of parameters, without signs and in lower case.
_SECRET = re.compile(
    r".*(?:passphrase|passcode|signature|credentials?|sessionid|sessid|key)"
    r"|(?:xamz|xgoog|xoss|xcos|xobs).*|keypairid|(?:aws)?accesskeyid|.*(?:token|secret|passw).*"
    r"|pass|pwd|pw|pin|sig|sign|signed|hmac|auth|authorization|authentication|oauth|bearer|creds?"
    r"|jwt|session|sid|ticket|sas|policy|otp|nonce|cookie"
)
# What these name can be read without them, however random they look.
_PUBLIC = re.compile(
    r"(?:file)?id|doi|persistentid|hash|checksum|sha\d*|md5|rev|revision|commit|ref|file|filename"
    r"|path|name|version"
)
_RANDOM = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9_~+/=-]{24,}")


def hide_secrets(text: str) -> str:
    """The text with stars in place of tokens, of passwords in addresses and of their queries."""
    if "://" in text:
        text = _PORT.sub(rf"\1:{_STARS}", _USER.sub(f"{_STARS}@", text))
        text = _QUERY.sub(rf"\1?{_STARS}", text)
    text = _NAMED.sub(_hidden, text)
    return _HEADER.sub(rf"\1{_STARS}", _TOKEN.sub(_STARS, text))


def secret_in(address: str) -> str | None:
    """What in an address is, or looks like, a secret: the name of that part, never its value.

    An ordinary query (`?download=1`) is not a secret. A parameter is one whose name says so, or
    whose value has the form of a token.
    """
    parts = urlsplit(address)
    if "@" in parts.netloc or _TOKEN.search(unquote(parts.netloc)):
        return "a user or a password before the host"
    path = unquote(parts.path)
    if _TOKEN.search(path) or any(is_secret_name(name) for name, _ in _parameters(path, ";")):
        return "a token in its path"
    for name, value in _parameters(f"&{parts.query}&{parts.fragment}", "&;"):
        if is_secret_name(name) or _looks_secret(name, unquote(value)):
            return f"the parameter {name!r}" if name else "a token as its query"
    return None


def is_secret_name(name: str) -> bool:
    """Whether a parameter of this name carries a secret, as in `X-Amz-Signature` or `api_key`."""
    return _SECRET.fullmatch(_plain(name)) is not None


def _looks_secret(name: str, value: str) -> bool:
    is_random = _RANDOM.fullmatch(value) and not _PUBLIC.fullmatch(_plain(name))
    return bool(is_random or _TOKEN.search(value))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", unquote(name).lower())


def _parameters(text: str, separators: str) -> list[tuple[str, str]]:
    """Names and values after each separator; a part without `=` is a value without a name."""
    _, *found = re.split(f"[{separators}]", text)
    pairs = (part.partition("=") for part in found if part)
    return [(name, value) if equals else ("", name) for name, equals, value in pairs]


def _hidden(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}={_STARS}" if is_secret_name(found[2]) else found[0]
