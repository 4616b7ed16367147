"""Do the target's word vectors speak of the same things as the text that the new model learns?

The measure is the Jensen-Shannon divergence, in bits (0 to 1; Lin, 1991), between how often the
vectors' text and a sample of the corpora have each word. A small sample is far from any text, so a
sample of as many words that is drawn from the vectors' own counts is measured beside it.

Legend: W words, the vectors' most frequent ones.
"""

import heapq
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lingraft.artifacts import CorpusFacts, open_given
from lingraft.artifacts.kept import kept_answer
from lingraft.corpus.splitting import hash_of
from lingraft.initialization.evidence.text import texts
from lingraft.numeric.arrays import AnyFloats, Float64, Int64
from lingraft.vectors.frequencies import word_probabilities
from lingraft.vectors.phrases import words_as_in
from lingraft.vectors.vectorset import VectorSet

logger = logging.getLogger(__name__)

_WORDS = 10_000
_DOCUMENTS = 10_000  # of a sample: those with the smallest hashes, wherever they are in the text
_CHARACTERS = 1_000_000  # after so many it ends
_FAR = 0.2  # bits beyond chance; docs/vectors.md has what was measured


@dataclass(frozen=True)
class DomainDistance:
    """How far vectors are from the text of their language.

    Attributes:
        vectors, corpora: their names.
        divergence: in bits.
        by_chance: the divergence of a sample of the same size from the vectors' own counts.
        words: of the sample.
        known: the share of them that are among the words compared.
    """

    vectors: str
    corpora: tuple[str, ...]
    divergence: float
    by_chance: float
    words: int
    known: float

    @property
    def is_far(self) -> bool:
        """Whether the two are of different domains."""
        return self.divergence - self.by_chance > _FAR

    def warning(self) -> str:
        """One line for the reader, with the repair."""
        corpora = " and ".join(self.corpora)
        return (
            f"the text of the vectors {self.vectors} is of another domain than the corpus "
            f"{corpora}: the Jensen-Shannon divergence of their words is {self.divergence:.2f} "
            f"bits ({self.by_chance:.2f} by chance, {self.words:,} words); learn the vectors from "
            f"{corpora}, or from text about the same things"
        )


def measure_domains(
    named: Sequence[tuple[str, VectorSet]], corpora: Sequence[Path], kept: Path | None = None
) -> list[dict[str, Any]]:
    """Measure each set of vectors against the corpora of its language; warn where it is far.

    Vectors that name no language, or one that no corpus has, are not measured.

    Args:
        named: the target's vectors with their names.
        corpora: corpus folders.
        kept: file for the distances, named by what they follow from; None keeps none.

    Returns:
        The distances as plain values, for `initialization.json`.

    Raises:
        InputError: a corpus is damaged.
    """
    if kept is None:
        found = _measured(named, corpora)
    else:
        found = kept_answer(kept, lambda: _measured(named, corpora))
    for distance in (DomainDistance(**values) for values in found):
        if distance.is_far:
            logger.warning("%s", distance.warning())
    return found


def _measured(
    named: Sequence[tuple[str, VectorSet]], corpora: Sequence[Path]
) -> list[dict[str, Any]]:
    found = []
    for name, vectors in named:
        own = [path for path in corpora if vectors.language and _language(path) == vectors.language]
        sample = Counter(word for words in words_as_in(vectors, _drawn(own)) for word in words)
        if sample.total():
            found.append(asdict(_distance(name, vectors, own, sample)))
    return found


def _distance(
    name: str, vectors: VectorSet, corpora: Sequence[Path], sample: Counter[str]
) -> DomainDistance:
    counts_W = np.array([sample[word] for word in vectors.words[:_WORDS]], dtype=np.int64)
    shares_W = word_probabilities(vectors)[:_WORDS]
    drawn_W = np.random.default_rng(0).multinomial(sample.total(), shares_W / shares_W.sum())
    return DomainDistance(
        name,
        tuple(path.name for path in corpora),
        divergence(shares_W, counts_W),
        divergence(shares_W, drawn_W),
        sample.total(),
        int(counts_W.sum()) / sample.total(),
    )


def divergence(first_W: Float64, second_W: AnyFloats | Int64) -> float:
    """The Jensen-Shannon divergence in bits of two distributions, which need not sum to one.

    It is 1 where they share nothing, and where one of them is empty.
    """
    from scipy.spatial.distance import jensenshannon

    if not np.any(second_W):
        return 1.0
    return float(jensenshannon(first_W, second_W, base=2)) ** 2


def _drawn(corpora: Sequence[Path]) -> Iterator[str]:
    """A sample of the training texts that follows from the texts alone."""
    characters = 0
    for text in heapq.nsmallest(_DOCUMENTS, texts(corpora), key=hash_of):
        if characters >= _CHARACTERS:
            return
        characters += len(text)
        yield text


def _language(corpus: Path) -> str | None:
    artifact = open_given(corpus, CorpusFacts)
    return artifact.facts.language if artifact else None
