"""Tags from vectors of a window, on a language whose rules are known."""

import numpy as np

from lingraft.evaluation.data.tag_files import Sentence
from lingraft.evaluation.words.window_tagger import tag_words, usual_tags, word_windows
from lingraft.vectors.vectorset import VectorSet

WORDS = [f"n{i}" for i in range(20)] + [f"v{i}" for i in range(20)]


def vectors() -> VectorSet:
    """Nouns in one half of the space, verbs in the other."""
    rows = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
    rows[:20, 0], rows[20:, 0] = 3, -3
    return VectorSet(WORDS, rows, language="eng_Latn")


def sentences(count: int, seed: int, new: bool) -> list[Sentence]:
    """Words with the tag of their half; the first word is always tagged S."""
    generator = np.random.default_rng(seed)
    low, high = (10, 20) if new else (0, 10)
    found = []
    for number in range(count):
        kinds = generator.choice(["n", "v"], size=5)
        words = [f"{kind}{generator.integers(low, high)}" for kind in kinds]
        tags = ("S", *(kind.upper() for kind in kinds[1:]))
        found.append(Sentence(str(number), tuple(words), tags))
    return found


def test_new_words_are_tagged_by_their_vectors_and_their_place() -> None:
    train, test = sentences(600, 1, new=False), sentences(30, 2, new=True)
    tags = [tag for sentence in train for tag in sentence.tags]
    gold = [tag for sentence in test for tag in sentence.tags]
    found = tag_words(word_windows(train, vectors(), 1), tags, word_windows(test, vectors(), 1))
    assert np.mean([a == b for a, b in zip(found, gold, strict=True)]) > 0.95
    again = tag_words(word_windows(train, vectors(), 1), tags, word_windows(test, vectors(), 1))
    assert again == found
    # Without neighbors the first word of a sentence cannot be known.
    alone = tag_words(word_windows(train, vectors(), 0), tags, word_windows(test, vectors(), 0))
    assert np.mean([a == b for a, b in zip(alone, gold, strict=True)]) < 0.9


def test_windows_end_with_their_sentence() -> None:
    pair = [Sentence("0", ("n1", "v1"), ("N", "V")), Sentence("1", ("x",), ("X",))]
    found = word_windows(pair, vectors(), 1)
    assert found.rows_NC.tolist() == [[0, 1, 2], [1, 2, 0], [0, 3, 0]]
    assert found.table_WE[0].tolist() == [0] * 6 + [1, 0]  # beyond the sentence
    assert found.table_WE[3].tolist() == [0] * 6 + [0, 1]  # a word without a vector


def test_the_usual_tag_of_a_word() -> None:
    train = [Sentence("0", ("a", "a", "a", "b"), ("N", "N", "V", "V"))]
    assert usual_tags(train, ["a", "b", "c"]) == ["N", "V", "N"]
