"""What every way to make word vectors has: settings, inputs, and a method that makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lingraft.config.base import Block
from lingraft.errors import InputError

if TYPE_CHECKING:
    from lingraft.artifacts import Artifact
    from lingraft.vectors.vectorset import VectorSet


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


class Trainer(Block):
    """Static word vectors: of a corpus, of a model, of other vectors, or from a download."""

    trainer: str
    """How the vectors are made."""

    # Whether the result depends on the number of threads, which the manifest then names.
    depends_on_threads: ClassVar[bool] = False

    # Settings with which vectors of a small corpus take seconds (`SCALE=yes`).
    small: ClassVar[Mapping[str, Any]] = {}

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """(section of the configuration, name) of what they are made from: `sources`, `corpora`,
        `models`, `vectors`, `alignments`.
        """
        raise NotImplementedError

    def language_of(self, sections: Mapping[str, Any]) -> str | None:
        """The language of the words, if it is one and known.

        Args:
            sections: blocks by name of the configuration's sections, such as `corpora`.
        """
        raise NotImplementedError

    def make(self, given: VectorInputs, threads: int) -> VectorSet:
        """Make the vectors.

        Args:
            given: the folders of what `made_from` names.
            threads: CPU threads.

        Raises:
            ConfigError: an input does not say what the vectors need to know of it.
            InputError: an input is not given; the corpus is too small, or a file is not usable.
        """
        raise NotImplementedError
