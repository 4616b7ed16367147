"""Word vectors of a downloaded file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import PositiveInt

from lingraft.config.base import Language, Name
from lingraft.config.patterns import Pattern
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.trainers.trainer import Trainer

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet


class PretrainedVectors(Trainer):
    """Word vectors from a downloaded file, e.g. fastText's for 157 languages."""

    trainer: Literal["pretrained"] = "pretrained"
    """Read vectors from a download instead of training them; a block with `source` means this."""
    source: Name
    """The source (download) with the file."""
    path: Pattern
    """The file inside the download: .vec or .txt (word2vec text, also .gz) or .bin (fastText)."""
    language: Language | None = None
    """The language of the words, such as `swh_Latn`. Unset: words of many languages in one space,
    whose keys begin with a code (`swh:nyumba`; English ones may have none), as in ColexNet+."""
    maximum_words: PositiveInt = 200_000
    """Keep only this many words, the first (most frequent) of the file."""
    lowercase: bool = False
    """The words of the file are in lower case: look up lower-cased text."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The download."""
        return (("sources", self.source),)

    def language_of(self, sections: Mapping[str, Any]) -> str | None:
        """The language that the settings name."""
        return self.language

    def make(self, given: VectorInputs, threads: int) -> VectorSet:
        """Read the file.

        Raises:
            InputError: the download is not given, or its file does not contain usable vectors.
        """
        from dataclasses import replace

        from lingraft.vectors.vectorset import VectorSet

        path = given.open("sources", self.source).folder / "files" / self.path
        return replace(
            VectorSet.load(path, self.maximum_words),
            language=self.language,
            lowercase=self.lowercase,
            facts={"trainer": self.trainer, "file": self.path},
        )
