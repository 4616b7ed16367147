"""Packages of the npm registry: downloaded with `npm pack`, unpacked, their scripts never run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import StringConstraints

from lingraft.corpus.sources.source import ArchiveSource, SourceFacts, Version

if TYPE_CHECKING:
    from lingraft.corpus.fetching.place import Place


class NpmSource(ArchiveSource):
    """A package of the npm registry: downloaded with `npm pack` and unpacked, scripts never run."""

    kind: Literal["npm"]

    package: Annotated[
        str, StringConstraints(pattern=r"^(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*$")
    ]
    """Name of the package, with its scope if it has one."""

    version: Version | None = None
    """Exact version, such as `48.2.0`. Unset: the newest one; the manifest records which one it
    was."""

    @property
    def origin(self) -> str:
        """The package."""
        return self.package

    def fetch(self, place: Place) -> SourceFacts:
        """Download the package and unpack it; its files are below `package/`.

        Raises:
            InputError: npm is not installed, there is no such package, or it is damaged.
        """
        from lingraft.corpus.fetching.archives import check_archive, unpack
        from lingraft.corpus.fetching.commands import call

        wanted = f"{self.package}@{self.version}" if self.version else self.package
        options = ["--ignore-scripts", "--loglevel=error", "--pack-destination", "."]
        call(
            ["npm", "pack", *options, wanted],
            purpose=f"cannot download the npm package {wanted}",
            missing="install Node.js, or use a configuration without npm sources",
            folder=place.scraps,
        )
        archive = next(iter(sorted(place.scraps.glob("*.tgz"))))
        facts = check_archive(archive, self.sha256, f"npm package {self.package}")
        keep = (*self.keep, "package/package.json") if self.keep else ()
        unpack(archive, place.files, keep)
        return {"package": self.package, **_read_description(place), **facts}


def _read_description(place: Place) -> SourceFacts:
    try:
        text = (place.files / "package/package.json").read_text(encoding="utf-8")
        description = json.loads(text)
    except (OSError, ValueError):
        return {"version": None, "license": None}
    name = description.get("license")
    return {
        "version": description.get("version"),
        "license": name if isinstance(name, str) else None,
    }
