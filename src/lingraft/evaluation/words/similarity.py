"""Word similarity: cosines against human scores, and of synonyms against other words.

Legend: P pairs, B resamples, N random words for each pair.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lingraft.evaluation.words.intervals import bootstrap_error, row_correlations
from lingraft.evaluation.words.lookup import Lookup
from lingraft.numeric.arrays import Float64, Int64
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.vectorset import VectorSet


@dataclass(frozen=True)
class Correlation:
    """A correlation with its bootstrap standard error over pairs."""

    value: float
    error: float


def known_pairs(lookup: Lookup, pairs: Sequence[tuple[str, str]]) -> tuple[Int64, Int64]:
    """Positions (P) of the pairs whose words are both known, and the rows (P, 2) of these words."""
    found = [
        (position, first, second)
        for position, words in enumerate(pairs)
        for first, second in [(lookup.row(words[0]), lookup.row(words[1]))]
        if first is not None and second is not None
    ]
    table_P3 = np.array(found, dtype=np.int64).reshape(-1, 3)
    return table_P3[:, 0], table_P3[:, 1:]


def pair_cosines(vectors: VectorSet, rows_P2: Int64) -> Float64:
    """Cosine (P) of each pair; a zero vector has cosine 0 with every word."""
    first_PE = unit_rows(vectors.vectors_WE[rows_P2[:, 0]].astype(np.float64))
    second_PE = unit_rows(vectors.vectors_WE[rows_P2[:, 1]].astype(np.float64))
    return np.asarray((first_PE * second_PE).sum(axis=1))


def correlations(cosines_P: Float64, gold_P: Float64) -> dict[str, Correlation]:
    """Spearman's and Pearson's correlation of cosines with human scores.

    Args:
        cosines_P: of the pairs.
        gold_P: their scores.
    """
    from scipy.stats import pearsonr, rankdata, spearmanr

    def pearson(rows_BP: Int64) -> Float64:
        return row_correlations(cosines_P[rows_BP], gold_P[rows_BP])

    def spearman(rows_BP: Int64) -> Float64:
        # Ranks of the resample, not of the sample: ties of items that were drawn twice count.
        ranks = (rankdata(values_P[rows_BP], axis=1) for values_P in (cosines_P, gold_P))
        return row_correlations(*ranks)

    n = len(gold_P)
    return {
        "spearman": Correlation(
            float(spearmanr(gold_P, cosines_P).statistic), bootstrap_error(spearman, n)
        ),
        "pearson": Correlation(
            float(pearsonr(gold_P, cosines_P).statistic), bootstrap_error(pearson, n)
        ),
    }


def shares_below(vectors: VectorSet, rows_P2: Int64, draws: int, seed: int = 0) -> Float64:
    """For each pair of synonyms, the share of random words that are less like the first word.

    The mean is the area under the ROC curve: the probability that a synonym is nearer than a
    random word (ties count half). Random words are second words of other pairs, so they are as
    frequent, and of the same parts of speech, as synonyms are; synonyms of the first word are
    never among them.

    Args:
        vectors: the words.
        rows_P2: rows of the words of each pair.
        draws: random words for each pair.
        seed: of the draw.

    Returns:
        A share (P) for each pair; NaN where all other words are synonyms of the first.
    """
    synonyms = defaultdict(set)
    for first, second in rows_P2.tolist():
        synonyms[first].add(second)
        synonyms[second].add(first)
    generator = np.random.default_rng(seed)
    candidates = np.unique(rows_P2[:, 1])
    unit_WE = unit_rows(vectors.vectors_WE)
    shares_P = np.full(len(rows_P2), np.nan)
    for position, (first, second) in enumerate(rows_P2.tolist()):
        drawn_N = generator.choice(candidates, size=draws)
        barred = np.array([first, *synonyms[first]], dtype=np.int64)
        drawn_N = drawn_N[~np.isin(drawn_N, barred)]
        if len(drawn_N):
            cosines_N = unit_WE[drawn_N] @ unit_WE[first]
            own = unit_WE[second] @ unit_WE[first]
            shares_P[position] = (cosines_N < own).mean() + 0.5 * (cosines_N == own).mean()
    return shares_P
