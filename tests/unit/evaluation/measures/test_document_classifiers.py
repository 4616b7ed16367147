"""Documents labelled from frozen word vectors: averages see words, the network sees their order."""

import random

import numpy as np
import pytest

from lingraft.evaluation.measures.document_classifiers import classify_documents
from lingraft.evaluation.measures.word_sequences import word_sequences
from lingraft.vectors.vectorset import VectorSet

WORDS = ["paka", "mbwa", "ndege", "meza", "kiti", "taa", "na", "ya", "wa", "kwa"]
VECTORS = VectorSet(WORDS, np.eye(10, 12, dtype=np.float32))
LANGUAGE = "swh_Latn"


def _drawn(count: int, seed: int, label) -> tuple[list[str], list[str]]:
    generator = random.Random(seed)
    texts = [
        " ".join(generator.choices(WORDS, k=generator.randint(4, 9))) for _ in range(3 * count)
    ]
    found = [(text, label(text.split())) for text in texts]
    kept = [(text, name) for text, name in found if name is not None][:count]
    return [text for text, _ in kept], [name for _, name in kept]


def _by_words(words: list[str]) -> str:
    return "animal" if len({*words} & {*WORDS[:3]}) > len({*words} & {*WORDS[3:6]}) else "thing"


def _by_order(words: list[str]) -> str | None:
    """Which of two words comes first; a text that does not have both has no label."""
    if not {"paka", "meza"} <= {*words}:
        return None
    return "cat first" if words.index("paka") < words.index("meza") else "table first"


def _accuracy(classifier, label) -> float:
    train, labels = _drawn(300, 0, label)
    test, gold = _drawn(100, 1, label)
    found = classify_documents(classifier, VECTORS, train, labels, test, LANGUAGE)
    return float(np.mean([a == b for a, b in zip(found, gold, strict=True)]))


def test_both_classifiers_see_words_and_one_sees_order() -> None:
    assert _accuracy("averaged", _by_words) > 0.8
    assert _accuracy("recurrent", _by_words) > 0.8
    assert _accuracy("averaged", _by_order) < 0.7
    assert _accuracy("recurrent", _by_order) > 0.9


@pytest.mark.parametrize("classifier", ["averaged", "recurrent"])
def test_texts_without_a_known_word_get_a_label_too(classifier) -> None:
    train, labels = ["paka", "meza", "?", "paka na"], ["a", "b", "b", "a"]
    first = classify_documents(classifier, VECTORS, train, labels, ["", "xyz", "paka"], LANGUAGE)
    assert set(first) <= {"a", "b"} and len(first) == 3
    assert first == classify_documents(
        classifier, VECTORS, train, labels, ["", "xyz", "paka"], LANGUAGE
    )
    assert classify_documents(classifier, VECTORS, ["paka"], ["a"], ["meza"], LANGUAGE) == ["a"]


def test_unknown_words_are_left_out_and_the_order_stays() -> None:
    found = word_sequences(["meza x paka", "", "x"], VECTORS, LANGUAGE)
    assert [len(rows) for rows in found.rows] == [2, 0, 0]
    assert found.table_WE[found.rows[0]].argmax(axis=1).tolist() == [3, 0]
    assert found.averages()[0, [0, 3]].tolist() == [0.5, 0.5]
    assert not found.averages()[1:].any()
