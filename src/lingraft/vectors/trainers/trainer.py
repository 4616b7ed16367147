"""What every way to make word vectors has: settings, inputs, and a method that makes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lingraft.config.base import Block

if TYPE_CHECKING:
    from pathlib import Path

    from lingraft.artifacts import Artifact
    from lingraft.vectors.vectorset import VectorSet


class Trainer(Block):
    """Static word vectors: trained on a corpus, or read from a download."""

    trainer: str
    """How the vectors are made."""

    # Whether the result depends on the number of threads, which the manifest then names.
    depends_on_threads: ClassVar[bool] = False

    # Settings with which vectors of a small corpus take seconds (`SCALE=yes`).
    small: ClassVar[Mapping[str, Any]] = {}

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """(section of the configuration, name) of the corpus or download they are made from."""
        raise NotImplementedError

    def language_of(self, corpora: Mapping[str, Any]) -> str | None:
        """The language of the words, if it is one and known, given the corpora by name."""
        raise NotImplementedError

    def open(self, corpus: Path | None, download: Path | None) -> dict[str, Artifact[Any]]:
        """Open the inputs, by the names that the manifest gives them.

        Args:
            corpus: folder of a corpus artifact.
            download: folder of a download artifact.

        Raises:
            ConfigError: the folder that the vectors are made from is not given.
            ArtifactError: a file of it is missing or damaged.
        """
        raise NotImplementedError

    def make(self, inputs: Mapping[str, Artifact[Any]], threads: int) -> VectorSet:
        """Make the vectors.

        Args:
            inputs: what `open` returned.
            threads: CPU threads.

        Raises:
            InputError: the corpus is too small, or the file of vectors is not usable.
        """
        raise NotImplementedError
