"""Word similarity equals gensim's, and synonyms are told from other words."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors

from lingraft.evaluation.words.lookup import Lookup
from lingraft.evaluation.words.similarity import (
    correlations,
    known_pairs,
    pair_cosines,
    shares_below,
)
from lingraft.vectors.vectorset import VectorSet

# w40 to w43 are unknown. Each pair once: cosines that are equal in theory differ by rounding.
PAIRS = list(combinations(range(44), 2))[::16]


def random_vectors(words: list[str], dimension: int = 12) -> VectorSet:
    rows = np.random.default_rng(1).normal(size=(len(words), dimension)).astype(np.float32)
    return VectorSet(words, rows, language="eng_Latn")


def as_gensim(vectors: VectorSet) -> KeyedVectors:
    """The same numbers in float64, so that only the formulas are compared."""
    keyed = KeyedVectors(vectors.dimension, dtype=np.float64)
    keyed.add_vectors(vectors.words, vectors.vectors_WE.astype(np.float64))
    return keyed


@pytest.mark.parametrize("any_case", [False, True])
def test_correlations_equal_gensim(tmp_path: Path, any_case: bool) -> None:
    vectors = random_vectors([f"w{i}" for i in range(40)] + ["W3", "Word"])
    pairs = [(f"w{i}", f"w{j}") for i, j in PAIRS]
    pairs += [("word", "w1"), ("W3", "w2")]
    gold = np.random.default_rng(2).integers(0, 10, size=len(pairs)) / 2
    path = tmp_path / "pairs.tsv"
    path.write_text(
        "".join(f"{a}\t{b}\t{score}\n" for (a, b), score in zip(pairs, gold, strict=True))
    )
    pearson, spearman, unknown = as_gensim(vectors).evaluate_word_pairs(
        path, case_insensitive=any_case
    )
    known_P, rows_P2 = known_pairs(Lookup(vectors, any_case), pairs)
    found = correlations(pair_cosines(vectors, rows_P2), gold[known_P])
    assert found["pearson"].value == pytest.approx(pearson[0], abs=1e-9)
    assert found["spearman"].value == pytest.approx(spearman[0], abs=1e-9)
    assert 100 * (1 - len(known_P) / len(pairs)) == pytest.approx(unknown, abs=1e-9)
    assert 0.05 < found["spearman"].error < 0.3  # about 1 / sqrt(58)


def test_synonyms_are_nearer_than_random_words() -> None:
    base = np.random.default_rng(3).normal(size=(30, 10))
    near = base + 0.1 * np.random.default_rng(4).normal(size=base.shape)
    words = [f"a{i}" for i in range(30)] + [f"b{i}" for i in range(30)]
    vectors = VectorSet(words, np.concatenate([base, near]).astype(np.float32))
    rows_P2 = np.array([[i, i + 30] for i in range(30)])
    assert shares_below(vectors, rows_P2, draws=50).mean() > 0.99
    shuffled = np.array([[i, (i + 7) % 30 + 30] for i in range(30)])
    assert 0.3 < np.nanmean(shares_below(vectors, shuffled, draws=50)) < 0.7


def test_other_synonyms_are_no_random_words() -> None:
    """All second words are synonyms of the only first word: there is nothing to compare with."""
    vectors = random_vectors(["a", "b", "c"])
    assert np.isnan(shares_below(vectors, np.array([[0, 1], [0, 2]]), draws=5)).all()
