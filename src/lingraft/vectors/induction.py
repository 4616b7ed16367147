"""Bilingual lexicon induction: how good an alignment is, on word pairs it was not fitted on.

Precision at k is the share of source words with a listed translation among the k nearest target
words. Code bases divide by different numbers, so both are given: words with a pair in both
vocabularies ("covered", as MUSE and VecMap), and all words of the dictionary ("all", as fastText).

Legend: Q query words, K neighbors, G folds.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lingraft.numeric.arrays import Float32, Int64
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.rows import make_unit_rows
from lingraft.vectors.aligners.aligner import Aligner
from lingraft.vectors.alignment import Alignment, Partner, fit
from lingraft.vectors.correspondences import Correspondences
from lingraft.vectors.retrieval import csls_nearest, mean_similarity
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import WordPair, measuring

DEPTHS = (1, 5, 10)


@dataclass(frozen=True)
class Prediction:
    """What one held-out word was translated to."""

    source: str
    gold: tuple[str, ...]
    origins: tuple[str, ...]  # the dictionaries its gold translations came from
    nn_rank: int  # of the best gold translation by cosine, from 1; 0 if beyond the tenth
    csls_rank: int  # the same by CSLS
    best: str  # nearest target word by CSLS


@dataclass(frozen=True)
class HeldOutPairs:
    """Predictions of all folds, and how similar held-out pairs are in the common space."""

    predictions: list[Prediction]
    pair_cosine: float
    random_cosine: float


class CommonSpace:
    """Both vocabularies in the common space, unit length, ready to be searched."""

    def __init__(
        self, source: VectorSet, target: VectorSet, alignment: Alignment, neighbors: int = 10
    ) -> None:
        """Map both vocabularies.

        Args:
            source: vectors of the source language.
            target: vectors of the target language.
            alignment: their map.
            neighbors: how many neighbors CSLS averages over.
        """
        self.source_NK: Float32 = make_unit_rows(alignment.map_source(source.vectors_WE))
        self.target_MK: Float32 = make_unit_rows(alignment.map_target(target.vectors_WE))
        self.neighbors = neighbors
        self.hubness_M = mean_similarity(self.target_MK, self.source_NK, neighbors)

    def nearest(self, rows_Q: Int64, k: int) -> tuple[Int64, Float32]:
        """The k target words (Q, K) nearest to source words by cosine."""
        return nearest(self.source_NK[rows_Q], self.target_MK, k, precision="float32")

    def translate(self, rows_Q: Int64, k: int) -> tuple[Int64, Float32]:
        """The k target words (Q, K) best by CSLS, and their scores up to the query's r_T."""
        return csls_nearest(self.source_NK[rows_Q], self.target_MK, self.hubness_M, k)


def hold_out(
    source: VectorSet,
    target: VectorSet,
    pairs: Sequence[WordPair],
    matches: Correspondences,
    settings: Aligner,
    *,
    folds: int = 5,
    seed: int = 0,
    fitted: Alignment | None = None,
    state: Path | None = None,
    partners: Sequence[Partner] = (),
) -> HeldOutPairs:
    """Fit on all folds but one, translate the words of that one, for each in turn.

    All pairs of a source word, in whatever casing, fall into one fold. An alignment that used no
    pair of the dictionary has held out all of them. Words that the vectors were made with
    (`seen_words`) are translated in no fold. Guesses from spelling are held out with the
    dictionary's pairs of their word, but they are never gold; words that have nothing else are in
    every fit.

    Args:
        source: vectors of the source language.
        target: vectors of the target language.
        pairs: the dictionary.
        matches: rows of both sets that are pairs.
        settings: the method and its options.
        folds: number of folds.
        seed: of the folds, and of the random pairs for comparison.
        fitted: the alignment of all pairs; it is measured itself if it used none of them.
        state: folder in which a long fit keeps what it has.
        partners: other target languages, whose pairs are in every fit.
    """
    is_free = fitted is not None and not fitted.uses_pairs
    folds = 1 if is_free else folds
    words_P = [pairs[i].source.casefold() for i in matches.pairs_P]
    seen = seen_words(source, target, pairs)
    is_new_P = np.array([word not in seen for word in words_P], dtype=np.bool_)
    is_gold_P = np.array(measuring(pairs), dtype=np.bool_)[matches.pairs_P]
    tested = {word for word, is_gold in zip(words_P, is_gold_P, strict=True) if is_gold}
    fold_P = _folds(words_P, tested, folds, seed)
    generator = np.random.default_rng(seed)
    predictions: list[Prediction] = []
    cosines: list[Float32] = []
    random_cosines: list[Float32] = []
    for fold in np.unique(fold_P[is_gold_P]):
        is_held_P = (fold_P == fold) & is_gold_P & is_new_P
        held, rest = matches.select(is_held_P), matches.select(fold_P != fold)
        if len(held) == 0:
            continue
        if fitted is not None and is_free:
            alignment = fitted
        elif len(rest) > 0:
            options: Any = {
                "known_pairs": matches.different,
                "state": state,
                "partners": partners,
            }
            alignment = fit(source, target, rest, settings, **options)
        else:
            continue
        space = CommonSpace(source, target, alignment, settings.neighbors)
        predictions += _predict(space, source, target, pairs, held)
        shuffled = generator.permutation(held.target_P)
        cosines.append(_cosines(space, held.source_P, held.target_P))
        random_cosines.append(_cosines(space, held.source_P, shuffled))
        del space  # both vocabularies: the next fold makes its own
    return HeldOutPairs(predictions, _mean(cosines), _mean(random_cosines))


def seen_words(source: VectorSet, target: VectorSet, pairs: Sequence[WordPair]) -> set[str]:
    """Case-folded source words whose translations the vectors were made with.

    Args:
        source: vectors of the source language.
        target: vectors of the target language; they count where the source's were made with none.
        pairs: the dictionary.
    """
    translated = source.translated or target.translated
    known = {word.casefold() for word in translated}
    side = "source" if source.translated else "target"
    return {pair.source.casefold() for pair in pairs if getattr(pair, side).casefold() in known}


def precision(predictions: Sequence[Prediction], all_words: int) -> dict[str, dict[str, float]]:
    """Precision at 1, 5, 10 by cosine (nn) and CSLS, over covered words and over all words."""
    words = {prediction.source.casefold() for prediction in predictions}
    coverage = len(words) / all_words if all_words else 0.0
    result: dict[str, dict[str, float]] = {}
    for how in ("nn", "csls"):
        ranks = np.array([getattr(prediction, f"{how}_rank") for prediction in predictions])
        for depth in DEPTHS:
            covered = float(((ranks > 0) & (ranks <= depth)).mean()) if len(ranks) else 0.0
            result.setdefault(how, {})[f"p_at_{depth}_covered"] = covered
            result[how][f"p_at_{depth}_all"] = covered * coverage
    return result


def criterion(space: CommonSpace, words: int = 10_000) -> float:
    """Mean cosine of the most frequent source words to their best translations by CSLS.

    The unsupervised criterion of Lample et al. (2018): an alignment's worth without a dictionary.

    Args:
        space: both vocabularies in the common space.
        words: number of source words.
    """
    rows_Q = np.arange(min(words, len(space.source_NK)))
    best_Q = space.translate(rows_Q, 1)[0][:, 0]
    return float(_cosines(space, rows_Q, best_Q).mean())


def induce(
    space: CommonSpace, source: VectorSet, target: VectorSet, words: int = 1000, k: int = 5
) -> list[tuple[str, str, float]]:
    """The k best translations (CSLS) of the most frequent source words: word, word, score.

    Args:
        space: both vocabularies in the common space.
        source: vectors of the source language.
        target: vectors of the target language.
        words: number of source words.
        k: translations of each.
    """
    rows_Q = np.arange(min(words, len(source)))
    indices_QK, scores_QK = space.translate(rows_Q, k)
    # The list compares scores of different queries, so r_T of each query is subtracted, too.
    own_Q = mean_similarity(space.source_NK[rows_Q], space.target_MK, space.neighbors)
    scores_QK = scores_QK - own_Q[:, None]
    return [
        (source.words[row], target.words[column], float(score))
        for row, indices_K, scores_K in zip(rows_Q, indices_QK, scores_QK, strict=True)
        for column, score in zip(indices_K, scores_K, strict=True)
    ]


def _folds(groups: Sequence[str], tested: set[str], folds: int, seed: int) -> Int64:
    """Fold of each item, -1 for those of no tested group; groups are dealt out at random."""
    # The order of a set of strings changes from process to process; sorted names give equal folds.
    names = sorted(tested)
    order = np.random.default_rng(seed).permutation(len(names))
    fold_of = {name: int(place) % folds for name, place in zip(names, order, strict=True)}
    return np.array([fold_of.get(group, -1) for group in groups], dtype=np.int64)


def _predict(
    space: CommonSpace,
    source: VectorSet,
    target: VectorSet,
    pairs: Sequence[WordPair],
    held: Correspondences,
) -> list[Prediction]:
    # Source row -> {target row: origin}. Dictionaries keep their order, so queries and gold agree.
    gold: dict[int, dict[int, str]] = defaultdict(dict)
    for row, column, pair in zip(held.source_P, held.target_P, held.pairs_P, strict=True):
        gold[int(row)].setdefault(int(column), pairs[pair].origin)
    rows_Q = np.array(list(gold), dtype=np.int64)
    nearest_QK, _ = space.nearest(rows_Q, max(DEPTHS))
    csls_QK, _ = space.translate(rows_Q, max(DEPTHS))
    return [
        Prediction(
            source=source.words[row],
            gold=tuple(target.words[column] for column in gold[row]),
            origins=tuple(sorted(set(gold[row].values()))),
            nn_rank=_rank(nearest_K, gold[row]),
            csls_rank=_rank(csls_K, gold[row]),
            best=target.words[csls_K[0]],
        )
        for row, nearest_K, csls_K in zip(gold, nearest_QK, csls_QK, strict=True)
    ]


def _rank(found_K: Int64, gold: dict[int, str]) -> int:
    return next((rank for rank, column in enumerate(found_K, start=1) if int(column) in gold), 0)


def _cosines(space: CommonSpace, source_P: Int64, target_P: Int64) -> Float32:
    products: Float32 = (space.source_NK[source_P] * space.target_MK[target_P]).sum(axis=1)
    return products


def _mean(parts: Sequence[Float32]) -> float:
    return float(np.concatenate(parts).mean()) if parts else 0.0
