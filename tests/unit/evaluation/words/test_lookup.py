import numpy as np

from lingraft.evaluation.words.lookup import Lookup
from lingraft.vectors.vectorset import VectorSet


def lookup(*words: str, lowercase: bool = False, any_case: bool = False) -> Lookup:
    vectors_WE = np.ones((len(words), 2), np.float32)
    return Lookup(VectorSet(list(words), vectors_WE, lowercase=lowercase), any_case)


def test_the_word_itself_or_the_most_frequent_in_any_case() -> None:
    assert lookup("King", "king").row("king") == 1
    found = lookup("King", "king", "queen", any_case=True)
    assert (found.row("KING"), found.row("queen"), found.row("x")) == (0, 2, None)
    assert found.forms_W.tolist() == [0, 0, 1]
    assert found.first_F.tolist() == [0, 2]


def test_words_are_folded_as_the_vectors_are() -> None:
    assert lookup("king", lowercase=True).row("King") == 0
    assert lookup("king").row("King") is None


def test_upper_case_merges_the_two_letters_i_of_turkish() -> None:
    """This is why words are looked up in their own case unless gensim's numbers are wanted."""
    assert lookup("ılık", "ilik", any_case=True).row("ilik") == 0
    assert lookup("ılık", "ilik").row("ilik") == 1
