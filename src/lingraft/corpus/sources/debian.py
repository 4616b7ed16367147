"""Debian packages: found and verified by apt, unpacked without root and without installing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import StringConstraints

from lingraft.corpus.sources.source import ArchiveSource, SourceFacts, Version

if TYPE_CHECKING:
    from lingraft.corpus.fetching.place import Place


class DebianSource(ArchiveSource):
    """A Debian or Ubuntu package: downloaded with apt-get and unpacked, without root or install."""

    kind: Literal["debian"]

    package: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]+$")]
    """Name of the package, such as `chromium-l10n`."""

    version: Version | None = None
    """Exact version, such as `48.2.0`. Unset: the newest one; the manifest records which one it
    was."""

    @property
    def origin(self) -> str:
        """The package."""
        return self.package

    def fetch(self, place: Place) -> SourceFacts:
        """Download the package with apt and unpack its files.

        Raises:
            InputError: apt is not installed, there is no such package, or it is damaged.
        """
        from urllib.parse import unquote

        from lingraft.corpus.fetching import apt
        from lingraft.corpus.fetching.archives import check_archive

        wanted = f"{self.package}={self.version}" if self.version else self.package
        archive = apt.download_package(wanted, place)
        facts = check_archive(archive, self.sha256, f"Debian package {self.package}")
        documentation = f"usr/share/doc/{self.package}/copyright"
        keep = (*self.keep, documentation) if self.keep else ()
        apt.unpack_package(archive, keep, place)
        name, version, _ = unquote(archive.stem).split("_")
        license_name = apt.read_license(place.files / "usr/share/doc" / name / "copyright")
        return {"package": name, "version": version, "license": license_name, **facts}
