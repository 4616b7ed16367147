"""What every way to make word vectors has: settings, and a method that makes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lingraft.config.base import Block
from lingraft.vectors.inputs import VectorInputs

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet


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

    @property
    def facts(self) -> dict[str, Any]:
        """What `meta.json` says of them: the trainer, and all its settings."""
        return {"trainer": self.trainer, "settings": self.model_dump(mode="json")}

    def language_of(self, sections: Mapping[str, Any]) -> str | None:
        """The language of the words, if it is one and known.

        Args:
            sections: blocks by name of the configuration's sections, such as `corpora`.
        """
        raise NotImplementedError

    def misfit(self, sections: Mapping[str, Any]) -> str | None:
        """Why what they are made from does not belong together, in one line; None if it does.

        Args:
            sections: blocks by name of the configuration's sections; each name is known.
        """
        return None

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
