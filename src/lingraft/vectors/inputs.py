"""What vectors are made from: folders of artifacts, by the names of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lingraft.config.folders import NamedFolders

if TYPE_CHECKING:
    from lingraft.artifacts import Artifact


@dataclass(frozen=True)
class VectorInputs(NamedFolders):
    """What vectors are made from: folders of artifacts by name."""

    vectors: Mapping[str, Path] = field(default_factory=dict)
    alignments: Mapping[str, Path] = field(default_factory=dict)

    needed_by: ClassVar[str] = "the vectors need"

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
