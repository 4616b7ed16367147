"""Means over contexts, beside a plain loop over sentences that are read one by one."""

from pathlib import Path

import numpy as np
import pytest

from lingraft.errors import InputError
from lingraft.vectors.contextual.averages import Words, mean_over_contexts, read_alone
from lingraft.vectors.contextual.passages import spans_of_words
from lingraft.vectors.contextual.teacher import Part, Passage, TeacherModel

TEXTS = ["The window is open. The door is not the window.", "Close the window"]
WORDS = Words({"the": 0, "window": 1, "door": 2}, "eng_Latn", lowercase=True)


@pytest.fixture(scope="module")
def teacher(tiny_teacher: Path) -> TeacherModel:
    return TeacherModel.open(tiny_teacher)


def one(teacher: TeacherModel, passage: Passage, part: Part = "spans") -> np.ndarray:
    ((_, means_GE),) = teacher.means([passage], part)
    return np.asarray(means_GE[0].numpy())


def sentences() -> list[str]:
    return ["The window is open.", "The door is not the window.", "Close the window"]


def test_each_occurrence_counts_once(teacher: TeacherModel) -> None:
    found_WE = mean_over_contexts(WORDS, TEXTS, teacher, "word")
    for word, row in WORDS.index.items():
        states = [
            one(teacher, Passage(sentence, [0], [span]))
            for sentence in sentences()
            for other, span in spans_of_words(sentence, "eng_Latn")
            if other.lower() == word
        ]
        np.testing.assert_allclose(found_WE[row], np.mean(states, axis=0), atol=1e-5)


def test_each_sentence_with_the_word_counts_once(teacher: TeacherModel) -> None:
    """A script for Turkish added into the kept vector of a word's first sentence."""
    found_WE = mean_over_contexts(WORDS, TEXTS, teacher, "first")
    firsts = [one(teacher, Passage(sentence, [0]), "first") for sentence in sentences()]
    np.testing.assert_allclose(found_WE[0], np.mean(firsts, axis=0), atol=1e-5)
    np.testing.assert_allclose(found_WE[1], np.mean(firsts, axis=0), atol=1e-5)
    np.testing.assert_allclose(found_WE[2], firsts[1], atol=1e-5)


def test_words_are_read_alone(teacher: TeacherModel) -> None:
    words_WE = read_alone(["window", "door"], teacher, "word")
    firsts_WE = read_alone(["window", "door"], teacher, "first")
    door = one(teacher, Passage("door", [0], [(0, 4)]))
    np.testing.assert_allclose(words_WE[1], door, atol=1e-5)
    np.testing.assert_allclose(
        firsts_WE[0], one(teacher, Passage("window", [0]), "first"), atol=1e-5
    )


def test_a_word_that_is_always_cut_off_has_no_vector(tiny_teacher: Path) -> None:
    teacher = TeacherModel.open(tiny_teacher, maximum_length=8)
    found_WE = mean_over_contexts(WORDS, ["open " * 20 + "door the"], teacher, "word")
    assert not found_WE.any()


def test_states_that_are_not_numbers_are_refused(
    teacher: TeacherModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: TeacherModel, *given: object) -> object:
        keys_G, means_GE = means(self, *given)
        return keys_G, means_GE * float("nan")

    means = TeacherModel._means_of_batch
    monkeypatch.setattr(TeacherModel, "_means_of_batch", broken)
    with pytest.raises(InputError, match="not finite"):
        mean_over_contexts(WORDS, TEXTS, teacher, "word")
