"""Files at an address: resumed after interruptions, checked by size and digest."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from lingraft.corpus.sources.source import ArchiveSource, SourceFacts
from lingraft.errors import InputError
from lingraft.redaction import hide_secrets, secret_in

if TYPE_CHECKING:
    from lingraft.corpus.fetching.place import Place

_LONGEST_NAME = 255  # bytes, on all usual file systems


def _without_secrets(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_valid = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid:
        raise ValueError("is not a valid address; write it as https://HOST/PATH")
    if (found := secret_in(url)) is not None:
        raise ValueError(
            f"contains {found}: a secret here would appear in logs, manifests and the report; "
            "write the address without it and give a token by `token_variable`, a signed query "
            "by `query_variable`, or a login by ~/.netrc"
        )
    return url


_Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
_Url = Annotated[
    str, StringConstraints(pattern=r"^https?://[^\s]+$"), AfterValidator(_without_secrets)
]


class HttpSource(ArchiveSource):
    """A file at an address; archives (.zip, .tar.*) are unpacked. Interrupted downloads resume."""

    kind: Literal["http"]

    url: _Url
    """Address of the file, without passwords and tokens."""

    token_variable: _Variable | None = None
    """Environment variable with a token for the server (`Authorization: Bearer ...`). A user and
    password for the host are read from `~/.netrc`, or the file that `NETRC` names."""

    query_variable: _Variable | None = None
    """Environment variable with a query (what follows `?`) that is added to the address, for signed
    addresses."""

    size: int | None = Field(None, gt=0)
    """Expected size in bytes."""

    unpack: bool = True
    """Unpack archives; other files are kept as they are in any case."""

    deadline_minutes: float = Field(60, gt=0)
    """Minutes until the download, with all its retries, is given up."""

    not_asked: ClassVar[frozenset[str]] = ArchiveSource.not_asked | {
        "deadline_minutes", "unpack", "size", "token_variable"
    }  # fmt: skip

    @property
    def origin(self) -> str:
        """The address."""
        return self.url

    def fetch(self, place: Place) -> SourceFacts:
        """Download the file and unpack it if it is an archive.

        Raises:
            ConfigError: an environment variable that the source names is not set.
            InputError: the file does not exist, is not the expected one, or could not be completed
                in time.
        """
        from lingraft.corpus.fetching.access import Address
        from lingraft.corpus.fetching.archives import check_archive, is_archive, unpack
        from lingraft.corpus.fetching.transfer import HttpTransfer

        name = _file_name(self.url)
        part = place.kept / "file.part"
        address = Address(self.url, self.token_variable, self.query_variable)
        HttpTransfer(address, part, self.size, self.deadline_minutes).run()
        archive = place.scraps / name
        part.replace(archive)
        part.with_suffix(".json").unlink(missing_ok=True)
        facts = check_archive(archive, self.sha256, hide_secrets(self.url))
        if self.unpack and is_archive(archive):
            unpack(archive, place.files, self.keep)
        else:
            archive.replace(place.files / archive.name)
        return {"url": self.url, "version": None, "license": None, **facts}


def _file_name(url: str) -> str:
    """The name that the file gets here: the last part of its address.

    Raises:
        InputError: no file can have that name.
    """
    last = unquote(PurePosixPath(urlsplit(url).path).name)
    name = PurePosixPath(last).name.replace("\\", "_") or "download"
    if name == ".." or "\0" in name or len(name.encode()) > _LONGEST_NAME:
        raise InputError(
            f"cannot download {hide_secrets(url)}: its last part cannot be the name of a file here"
        )
    return name
