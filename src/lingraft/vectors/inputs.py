"""What vectors are made from: folders of artifacts, by the names of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lingraft.errors import InputError

if TYPE_CHECKING:
    from lingraft.artifacts import Artifact


@dataclass(frozen=True)
class VectorInputs:
    """What vectors are made from: folders of artifacts by name."""

    downloads: Mapping[str, Path] = field(default_factory=dict)
    corpora: Mapping[str, Path] = field(default_factory=dict)
    models: Mapping[str, Path] = field(default_factory=dict)
    vectors: Mapping[str, Path] = field(default_factory=dict)
    alignments: Mapping[str, Path] = field(default_factory=dict)

    def find(self, section: str, name: str) -> Path:
        """The folder of an artifact.

        Args:
            section: as the configuration calls it: `sources` (the downloads), `corpora`, `models`,
                `vectors` or `alignments`.
            name: its name there.

        Raises:
            InputError: it is not given.
        """
        argument = {"sources": "downloads"}.get(section, section)
        given: Mapping[str, Path] = getattr(self, argument)
        if name not in given:
            raise InputError(f"the vectors need {name!r}; give it by `{argument}={name}=DIR`")
        return given[name]

    def download(self, name: str) -> Path:
        """The folder with the unpacked files of a download.

        Raises:
            InputError: it is not given.
        """
        folder = self.find("sources", name)
        return folder / "files" if (folder / "files").is_dir() else folder

    def open(self, section: str, name: str) -> Artifact[Any]:
        """An artifact, its files compared with its manifest.

        Raises:
            InputError: it is not given.
            ArtifactError: it is of another kind, or a file of it is missing or damaged.
        """
        from lingraft import artifacts

        facts = {
            "sources": artifacts.DownloadFacts,
            "corpora": artifacts.CorpusFacts,
            "models": artifacts.ModelFacts,
            "vectors": artifacts.VectorsFacts,
            "alignments": artifacts.AlignmentFacts,
        }
        return artifacts.open_artifact(self.find(section, name), facts[section])
