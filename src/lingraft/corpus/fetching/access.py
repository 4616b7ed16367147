"""Requests to a web server, with credentials that only the environment has, never our files."""

import netrc
import os
import urllib.error
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from http.client import HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, cast
from urllib.parse import quote, urlsplit

from lingraft.errors import ConfigError

_AUTHORIZATION = "Authorization"
_TIMEOUT_SECONDS = 30.0  # without a byte


@dataclass(frozen=True)
class Address:
    """An address, and the environment variables with a token or a query for it."""

    url: str
    token_variable: str | None = None
    query_variable: str | None = None


class _OwnServer(urllib.request.HTTPRedirectHandler):
    """Follows redirects; the credentials of a server are never sent to another one."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The next request, with credentials only where scheme, host and port stay."""
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        given = req.unredirected_hdrs.get(_AUTHORIZATION)
        if request is not None and given and _server(newurl) == _server(req.full_url):
            request.add_unredirected_header(_AUTHORIZATION, given)
        return request


_OPENER = urllib.request.build_opener(_OwnServer)


def ask(address: Address, headers: dict[str, str]) -> HTTPResponse:
    """Ask for the file at an address.

    Raises:
        ConfigError: a variable of the address is not set, or ~/.netrc cannot be read.
        OSError: the server cannot be reached or answers with an error.
        http.client.HTTPException: its answer is not HTTP.
        ValueError: the address is not valid.
    """
    # % is safe, because most addresses are quoted already.
    url = quote(address.url, safe="%:/?#[]@!$&'()*+,;=~")
    if address.query_variable is not None:
        query = _variable(address.query_variable).lstrip("?&")
        url = f"{url}{'&' if urlsplit(url).query else '?'}{query}"
    request = urllib.request.Request(url, headers={"User-Agent": "lingraft", **headers})  # noqa: S310
    credentials = _credentials(address)
    if credentials is not None:
        request.add_unredirected_header(_AUTHORIZATION, credentials)
    return cast(HTTPResponse, _OPENER.open(request, timeout=_TIMEOUT_SECONDS))


def _credentials(address: Address) -> str | None:
    if address.token_variable is not None:
        return f"Bearer {_variable(address.token_variable)}"
    login = _login(urlsplit(address.url).hostname or "")
    if login is None:
        return None
    return "Basic " + b64encode(":".join(login).encode()).decode("ascii")


def _variable(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value.isascii() or not value.isprintable() or not value:
        problem = "is not ASCII text" if value else "is not set"
        raise ConfigError(f"the environment variable {name}, which the source names, {problem}")
    return value


def _login(host: str) -> tuple[str, str] | None:
    """User and password for a host in the file of logins; None where there is no such file."""
    path = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    if not path.is_file():
        return None
    try:
        found = netrc.netrc(str(path)).authenticators(host)
    except netrc.NetrcParseError as error:  # its message may hold a password
        place = f"line {error.lineno}" if error.lineno else "its rights"
        raise ConfigError(f"{path} with logins cannot be read; repair {place}") from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{path} with logins cannot be read; repair it") from None
    return None if found is None else (found[0] or "", found[2] or "")


def _server(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
