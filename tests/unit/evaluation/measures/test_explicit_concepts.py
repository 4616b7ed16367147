"""Axes that have names: a text's largest ones are its tags, and related texts lie near."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lingraft.errors import InputError
from lingraft.evaluation.measures.explicit_concepts import (
    learn_concepts,
    pair_ranking,
    related_pairs,
    tag_precisions,
)

CONCEPTS = [f"concept {number}" for number in range(12)]
NO_PAIRS = np.zeros((0, 2), np.int64)


def _texts(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of texts with one to three concepts each: their mean direction, and noise."""
    directions = np.random.default_rng(99).standard_normal((12, 40))
    generator = np.random.default_rng(seed)
    tags = np.zeros((count, 12), np.int64)
    for row in tags:
        row[generator.choice(12, generator.integers(1, 4), replace=False)] = 1
    noise = 0.5 * generator.standard_normal((count, 40))
    return (tags @ directions + noise).astype(np.float32), tags


def test_tags_are_the_largest_axes_and_related_texts_are_near() -> None:
    texts, tags = _texts(600, 0)
    pairs, is_related = related_pairs(tags, 500)
    space = learn_concepts(texts, tags, pairs[is_related], CONCEPTS)
    new, gold = _texts(200, 1)
    axes = space.axes(new)
    assert tag_precisions(axes, gold).mean() > 0.9
    tried, related = related_pairs(gold, 400, seed=1)
    auc = pair_ranking(axes, tried, related)
    assert auc > 0.95
    assert auc > pair_ranking(new, tried, related)  # than the vectors themselves
    [best] = space.top(new[:1], 2)
    assert best[0] in {CONCEPTS[number] for number in np.flatnonzero(gold[0])}


def test_pairs_are_half_related_and_auc_is_that_of_cosines() -> None:
    texts, tags = _texts(100, 2)
    pairs, is_related = related_pairs(tags, 50)
    assert len(pairs) == 100 and is_related.sum() == 50
    for (one, other), related in zip(pairs, is_related, strict=True):
        assert one != other and bool((tags[one] * tags[other]).any()) == related
    cosines = [
        np.dot(texts[a], texts[b]) / np.linalg.norm(texts[a]) / np.linalg.norm(texts[b])
        for a, b in pairs
    ]
    expected = roc_auc_score(is_related, cosines)
    assert pair_ranking(texts, pairs, is_related) == pytest.approx(expected, abs=1e-6)


def test_a_seed_gives_the_same_space_and_wrong_tags_are_one_line() -> None:
    texts, tags = _texts(60, 0)
    first, second = (learn_concepts(texts, tags, NO_PAIRS, CONCEPTS, seed=1) for _ in range(2))
    assert np.array_equal(first.axes(texts), second.axes(texts))
    with pytest.raises(InputError, match=r"60 texts and 11 names cannot have tags of shape"):
        learn_concepts(texts, tags, NO_PAIRS, CONCEPTS[:-1])
    with pytest.raises(InputError, match="no text has a concept"):
        learn_concepts(texts, 0 * tags, NO_PAIRS, CONCEPTS)
