"""The score is the mean log-ratio of two smoothed distributions of n-grams."""

import numpy as np
import pytest

from lingraft.corpus.selection.ngram_ratios import hashed_ngrams, ngram_ratios
from lingraft.errors import InputError


def test_the_score_is_that_of_the_definition() -> None:
    sample, texts, size = ["paka mbwa"], ["paka paka", "njia", "?"], 50
    counts = {
        name: np.bincount(
            np.concatenate([hashed_ngrams(text, "swh_Latn", 2, size) for text in given]).astype(
                int
            ),
            minlength=size,
        )
        for name, given in (("sample", sample), ("corpus", texts))
    }
    corpus = counts["corpus"] + counts["sample"] + 1
    corpus = corpus / corpus.sum()
    smoothed = (counts["sample"] + 1000 * corpus) / (counts["sample"].sum() + 1000)
    ratios = np.log(smoothed / corpus)
    expected = [ratios[hashed_ngrams(text, "swh_Latn", 2, size)].mean() for text in texts[:2]]
    found = ngram_ratios(sample, lambda: iter(texts), "swh_Latn", 2, size)
    assert found == pytest.approx([*expected, ratios.min()], rel=1e-12)
    assert found[0] > found[1]


def test_ngrams_are_of_one_word_up_to_the_longest() -> None:
    found = hashed_ngrams("Moja mbili TATU", "swh_Latn", 2, 10**9)
    assert len(found) == 5
    assert np.array_equal(found[:3], hashed_ngrams("moja MBILI tatu", "swh_Latn", 1, 10**9))


def test_a_sample_without_a_word_is_one_line() -> None:
    with pytest.raises(InputError, match="the sample has no word"):
        ngram_ratios(["?", "!"], lambda: iter(["paka"]), "swh_Latn")
