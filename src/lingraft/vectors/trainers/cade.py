"""CADE (Bianchi et al., 2020): the words of one corpus, trained against a compass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import PositiveInt

from lingraft.config.base import Name, Seed
from lingraft.errors import InputError
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.trainers.compass import Compass
from lingraft.vectors.trainers.corpus_vectors import CorpusTrainer, read_training_text

if TYPE_CHECKING:
    from pathlib import Path

    from lingraft.vectors.vectorset import VectorSet


class CadeVectors(CorpusTrainer):
    """CADE (Bianchi et al., 2020): word vectors of a corpus in the space of a compass, which other
    corpora share; the alignment of two of them is `method: identity`."""

    trainer: Literal["cade"] = "cade"
    compass: Name
    """Vectors of `trainer: compass`, whose settings hold here, too."""
    epochs: PositiveInt = 5
    """Passes over the corpus; small corpora need 10 to 30."""
    minimum_count: PositiveInt = 1
    """Words seen less often in this corpus get no vector; the compass decides which words count."""
    seed: Seed = 0
    """Seed of the start, the order, and the samples."""

    depends_on_threads: ClassVar[bool] = True
    small: ClassVar[Mapping[str, Any]] = {"epochs": 2, "minimum_count": 1}

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The corpus and the compass."""
        return (*super().made_from, ("vectors", self.compass))

    def misfit(self, sections: Mapping[str, Any]) -> str | None:
        """Vectors that are not a compass, a compass of other corpora, or a wrong source."""
        block = sections["vectors"][self.compass]
        if not isinstance(block, Compass):
            return f"compass: {self.compass} is not a compass; name vectors of `trainer: compass`"
        if self.corpus not in block.corpora:
            return f"compass: {self.compass} has not read {self.corpus}; add it to its `corpora`"
        return super().misfit(sections)

    def make(self, given: VectorInputs, threads: int) -> VectorSet:
        """Train on the corpus; the compass stays as it is.

        Raises:
            ConfigError: the corpus does not say its language, or the training diverged.
            InputError: an input is not given, is not a compass, or shares no word with the corpus.
        """
        from lingraft.vectors.learning.compass import learn_slice, words_of_compass
        from lingraft.vectors.learning.descent import torch_threads
        from lingraft.vectors.learning.text import encode
        from lingraft.vectors.segmentation import segmented
        from lingraft.vectors.vectorset import VectorSet

        artifact = given.open("vectors", self.compass)
        settings = _settings_of(artifact.folder, artifact.manifest.settings)
        compass = VectorSet.load(artifact.folder)
        texts, language = read_training_text(given, self.corpus, self.only)
        text = encode(segmented(texts, language, settings.lowercase), self.minimum_count)
        shared, rows = words_of_compass(text, compass.words)
        with torch_threads(threads):
            vectors_WE = learn_slice(
                shared, compass.vectors_WE[rows], settings.sampling(self.epochs, self.seed)
            )
        return VectorSet(
            shared.words,
            vectors_WE,
            shared.counts_W,
            language=language,
            lowercase=settings.lowercase,
            facts=self.facts,
        )


def _settings_of(folder: Path, content: Any) -> Compass:
    if content.get("trainer") != "compass":
        raise InputError(f"vectors {folder} are not a compass; `trainer: compass` makes one")
    return Compass.model_validate(content)
