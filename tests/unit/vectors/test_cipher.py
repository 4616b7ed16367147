"""The cipher experiment: the whole room on a language whose every word has a known translation.

A second copy of a text, every word type replaced by another, is a language of its own. Vectors are
trained on both independently, and a few pairs must be enough to translate the words not shown.
"""

import numpy as np
import pytest
from cipher_languages import TYPES, language

from lingraft.vectors.aligners.aligner import Aligner
from lingraft.vectors.aligners.procrustes import Procrustes
from lingraft.vectors.aligners.refinement import Refinement
from lingraft.vectors.aligners.self_learning import SelfLearning
from lingraft.vectors.alignment import align
from lingraft.vectors.induction import CommonSpace
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import WordPair


@pytest.fixture(scope="module")
def languages() -> tuple[VectorSet, VectorSet]:
    return language("s", 1), language("t", 2)


def precision(sides: tuple[VectorSet, VectorSet], shown: int, settings: Aligner) -> float:
    """CSLS P@1 on all words that were not shown."""
    source, target = sides
    order = np.random.default_rng(5).permutation(TYPES)
    pairs = [WordPair(f"s{i}", f"t{i}") for i in order[:shown]]
    space = CommonSpace(source, target, align(source, target, pairs, settings))
    unseen = order[shown:]
    rows = np.array([source.index[f"s{i}"] for i in unseen])
    best_Q = space.translate(rows, 1)[0][:, 0]
    return float(np.mean([target.words[b] == f"t{i}" for b, i in zip(best_Q, unseen, strict=True)]))


def test_more_pairs_translate_better(languages: tuple[VectorSet, VectorSet]) -> None:
    few, many = (precision(languages, shown, Procrustes()) for shown in (15, 150))
    assert many > 0.6 and many > few + 0.1


def test_refinement_makes_up_for_a_small_dictionary(
    languages: tuple[VectorSet, VectorSet],
) -> None:
    plain = precision(languages, 20, Procrustes())
    refined = precision(languages, 20, Refinement())
    assert refined > plain + 0.1
    assert refined > 0.9 * precision(languages, 150, Procrustes())


@pytest.mark.slow
def test_self_learning_translates_what_25_pairs_do_not() -> None:
    sides = language("s", 1, count=8000), language("t", 2, count=8000)
    learned = precision(sides, 25, SelfLearning(learned_words=TYPES, patience=8))
    assert learned >= 0.99 and learned > precision(sides, 25, Procrustes())


def test_wrong_pairs_translate_nothing(languages: tuple[VectorSet, VectorSet]) -> None:
    source, target = languages
    order = np.random.default_rng(6).permutation(TYPES)
    pairs = [WordPair(f"s{i}", f"t{j}") for i, j in enumerate(order)]
    space = CommonSpace(source, target, align(source, target, pairs))
    best_Q = space.translate(np.arange(TYPES), 1)[0][:, 0]
    hits = [target.words[b][1:] == source.words[i][1:] for i, b in enumerate(best_Q)]
    assert np.mean(hits) < 0.03
