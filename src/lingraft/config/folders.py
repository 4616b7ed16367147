"""Folders of artifacts by the names of a configuration, as programs are given them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from lingraft.errors import InputError


@dataclass(frozen=True)
class NamedFolders:
    """Folders of artifacts by name: what something is made from."""

    downloads: Mapping[str, Path] = field(default_factory=dict)
    corpora: Mapping[str, Path] = field(default_factory=dict)
    models: Mapping[str, Path] = field(default_factory=dict)

    needed_by: ClassVar[str]  # how a message begins, as "the vectors need"
    arguments: ClassVar[Mapping[str, str]] = {"sources": "downloads"}  # section -> field here

    def find(self, section: str, name: str) -> Path:
        """The folder of an artifact.

        Args:
            section: as the configuration calls it; `sources` are the downloads.
            name: its name there.

        Raises:
            InputError: it is not given.
        """
        argument = self.arguments.get(section, section)
        given: Mapping[str, Path] = getattr(self, argument)
        if name not in given:
            raise InputError(f"{self.needed_by} {name!r}; give it by `{argument}={name}=DIR`")
        return given[name]

    def download(self, name: str) -> Path:
        """The folder with the unpacked files of a download.

        Raises:
            InputError: it is not given.
        """
        folder = self.find("sources", name)
        return folder / "files" if (folder / "files").is_dir() else folder
