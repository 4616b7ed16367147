"""What the tasks share that search the translation of a sentence among all sentences by cosine.

Shapes: Q queries, K keys, N pairs, E embedding dimension.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from lingraft.config.base import Block
from lingraft.corpus.documents import Pair
from lingraft.corpus.records import draw
from lingraft.evaluation.data.reading import at_least, without_repeats
from lingraft.evaluation.outcome import (
    MODEL,
    Outcome,
    Prediction,
    Score,
    binomial_error,
    not_measured,
)
from lingraft.evaluation.task import Metric

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from lingraft.numeric.arrays import AnyFloats

PIVOT_TO_TARGET = "pivot to target"
_FEWEST_PAIRS = 2
_CHOICE = {"sentences", "unique", "minimum_characters"}


class SentenceSearch(Block):
    """Which pairs are measured, and how they are searched."""

    metrics: ClassVar[Mapping[str, Metric]] = {
        "accuracy": Metric("up", "hits"),
        "mean_reciprocal_rank": Metric("up", "reciprocal_ranks"),
    }

    sentences: int | None = Field(default=300, ge=2)
    """Held-out pairs per language, drawn by the hash of their ids; null takes all."""
    queries: Literal["pivot", "target", "both"] = "pivot"
    """Which side is searched with; the papers search with the English sentences."""
    cutoffs: tuple[int, ...] = (1, 5, 10)
    """The k of accuracy@k."""
    unique: bool = True
    """Leave out pairs whose text occurs twice on either side: they have no single right answer.
    The papers keep them."""
    minimum_characters: int = Field(default=1, ge=1)
    """Pairs with a shorter side are left out."""

    def chooses_as(self, other: "SentenceSearch") -> bool:
        """Whether another task with these settings measures the same pairs."""
        return self.model_dump(include=_CHOICE) == other.model_dump(include=_CHOICE)

    def select(self, pairs: Sequence[Pair]) -> list[Pair]:
        """The pairs that are measured; the choice depends on texts and ids alone."""
        pairs = at_least(pairs, self.minimum_characters)
        if self.unique:
            pairs = without_repeats(pairs)
        return draw(pairs, self.sentences)

    def too_few(self, pairs: Sequence[Pair], language: str) -> Outcome | None:
        """The outcome of a language with too few pairs; None where there are enough."""
        if len(pairs) >= _FEWEST_PAIRS:
            return None
        reason = f"{len(pairs)} usable held-out pairs, {_FEWEST_PAIRS} are needed"
        return not_measured(language, "accuracy@1", reason, n=len(pairs))

    def search(
        self,
        pairs: Sequence[Pair],
        queries_NE: "AnyFloats",
        keys_NE: "AnyFloats",
        language: str,
    ) -> Outcome:
        """The scores of the vectors, and of the baseline that sees copied tokens alone.

        Args:
            pairs: N sentences of the pivot with their translations.
            queries_NE: vectors of the pivot's sentences.
            keys_NE: vectors of the translations.
            language: as scores name it.
        """
        from lingraft.evaluation.measures.ranks import gold_ranks, search_records

        scores: list[Score] = []
        predictions: list[Prediction] = []
        ids = [pair.id for pair in pairs]
        for setting, system, similarity_QK in self._similarities(pairs, queries_NE, keys_NE):
            ranks_Q = gold_ranks(similarity_QK)
            where = {"language": language, "setting": setting, "system": system}
            scores += self._scores(ranks_Q, where)
            predictions += search_records(ids, similarity_QK, ranks_Q, where)
        return Outcome(scores, predictions)

    def _similarities(
        self,
        pairs: Sequence[Pair],
        queries_NE: "AnyFloats",
        keys_NE: "AnyFloats",
    ) -> Iterator[tuple[str, str, "npt.NDArray[np.float32]"]]:
        """Yield (direction, system, similarity of queries and keys)."""
        from lingraft.evaluation.measures import copied_tokens
        from lingraft.evaluation.measures.ranks import cosine

        pivots, targets = [p.source for p in pairs], [p.target for p in pairs]
        similarity_NN = cosine(queries_NE, keys_NE)
        copied_NN = copied_tokens.ngram_similarity(pivots, targets)
        if self.queries in ("pivot", "both"):
            yield PIVOT_TO_TARGET, MODEL, similarity_NN
            yield PIVOT_TO_TARGET, copied_tokens.SYSTEM, copied_NN
        if self.queries in ("target", "both"):
            yield "target to pivot", MODEL, similarity_NN.T
            yield "target to pivot", copied_tokens.SYSTEM, copied_NN.T

    def _scores(
        self, ranks_Q: "npt.NDArray[np.int64]", where: Mapping[str, str]
    ) -> Iterator[Score]:
        n = len(ranks_Q)
        for k in self.cutoffs:
            share = float((ranks_Q <= k).mean())
            yield _score(f"accuracy@{k}", share, n, binomial_error(share, n), where)
        reciprocal_Q = 1 / ranks_Q
        error = float(reciprocal_Q.std() / math.sqrt(n))
        yield _score("mean_reciprocal_rank", float(reciprocal_Q.mean()), n, error, where)


def _score(metric: str, value: float, n: int, error: float, where: Mapping[str, str]) -> Score:
    return Score(
        where["language"], metric, value, n, system=where["system"], setting=where["setting"],
        standard_error=error,
    )  # fmt: skip
