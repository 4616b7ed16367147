"""Analogies are solved as gensim solves them."""

from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors

from lingraft.evaluation.words.analogy import answer_ranks, known_questions
from lingraft.evaluation.words.lookup import Lookup
from lingraft.vectors.vectorset import VectorSet

METHODS = ("3CosAdd", "3CosMul")


def planted() -> VectorSet:
    """Pairs that differ by one direction and noise; some words are there in two cases."""
    generator = np.random.default_rng(0)
    base = generator.normal(size=(60, 16))
    other = base + generator.normal(size=16) + 0.4 * generator.normal(size=base.shape)
    words = (
        [f"a{i}" for i in range(60)] + [f"b{i}" for i in range(55)] + [f"A{i}" for i in range(5)]
    )
    return VectorSet(words, np.concatenate([base, other]).astype(np.float32), language="eng_Latn")


QUESTIONS = [(f"a{i}", f"b{i}", f"a{j}", f"b{j}") for i in range(0, 58, 3) for j in range(1, 58, 3)]


def as_gensim(vectors: VectorSet) -> KeyedVectors:
    keyed = KeyedVectors(vectors.dimension, dtype=np.float64)
    keyed.add_vectors(vectors.words, vectors.vectors_WE.astype(np.float64))
    return keyed


@pytest.mark.parametrize("any_case", [False, True])
def test_accuracy_of_3cosadd_equals_gensim(tmp_path: Path, any_case: bool) -> None:
    vectors = planted()
    path = tmp_path / "questions.txt"
    path.write_text(": pairs\n" + "".join(" ".join(words) + "\n" for words in QUESTIONS))
    accuracy, sections = as_gensim(vectors).evaluate_word_analogies(path, case_insensitive=any_case)
    lookup = Lookup(vectors, any_case)
    known_Q, forms_Q4 = known_questions(lookup, QUESTIONS)
    ranks_Q = answer_ranks(vectors, lookup, forms_Q4, "3CosAdd")
    assert len(known_Q) == sum(len(sections[-1][kind]) for kind in ("correct", "incorrect"))
    assert 0.2 < accuracy < 1
    assert (ranks_Q == 1).mean() == pytest.approx(accuracy, abs=1e-9)


def test_ranks_of_3cosmul_equal_gensim() -> None:
    """gensim's own evaluation takes no method, but its search by 3CosMul does."""
    vectors = planted()
    lookup = Lookup(vectors)
    known_Q, forms_Q4 = known_questions(lookup, QUESTIONS)
    ranks_Q = answer_ranks(vectors, lookup, forms_Q4, "3CosMul")
    keyed = as_gensim(vectors)
    for position, rank in zip(known_Q.tolist(), ranks_Q.tolist(), strict=True):
        a, b, c, d = QUESTIONS[position]
        found = keyed.most_similar_cosmul(positive=[b, c], negative=[a], topn=len(vectors))
        scores = dict(found)
        # Two words whose scores differ by rounding may stand in either order.
        assert scores[d] == pytest.approx(found[rank - 1][1], rel=1e-6)


def test_an_answer_that_is_asked_for_cannot_be_found() -> None:
    vectors = planted()
    lookup = Lookup(vectors)
    _, forms_Q4 = known_questions(lookup, [("a1", "b1", "a2", "a2"), ("a1", "b1", "a2", "b2")])
    for method in METHODS:
        ranks_Q = answer_ranks(vectors, lookup, forms_Q4, method)
        assert ranks_Q[0] == 0
        assert ranks_Q[1] >= 1
