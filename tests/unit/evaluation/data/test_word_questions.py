"""Every question has exactly one right option, by whatever a reader takes for a letter."""

from collections import Counter
from random import Random

import pytest
import regex

from lingraft.evaluation.data.question_templates import KINDS
from lingraft.evaluation.data.word_questions import (
    OPTIONS,
    LetteredWord,
    WordQuestion,
    divide,
    make_questions,
    words_by_frequency,
)

LATIN = "abcdefgıiöşüß"
DEVANAGARI = ["क", "का", "कि", "क्ष", "म", "मा", "न", "नी", "र", "र्थ"]
HAN = "语言模型学习新的字词"


def words_of(letters: str | list[str], count: int, longest: int = 9) -> list[str]:
    random = Random(0)
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(random.choices(letters, k=random.randint(2, longest)))] = None
    return list(found)


LISTS = {
    "latin": words_of(LATIN, 400),
    "devanagari": words_of(DEVANAGARI, 300),
    "han": words_of(HAN, 200, longest=4),
    "combining": words_of(["e", "e\u0301", "o\u0308", "o", "n", "l"], 200),
}


def right_ones(question: WordQuestion, split: str) -> list[int]:
    """The options that answer a question, to whom a letter is what `split` matches."""
    cut = [regex.findall(split, option, regex.DOTALL) for option in question.options]
    part = regex.findall(split, question.part, regex.DOTALL)
    places = range(OPTIONS)
    match question.kind:
        case "most":
            counts = [letters.count(question.part) for letters in cut]
            return [i for i in places if counts[i] == max(counts)]
        case "contains":
            return [
                i
                for i in places
                if any(cut[i][b : b + len(part)] == part for b in range(len(cut[i])))
            ]
        case "starts":
            return [i for i in places if cut[i][: len(part)] == part]
        case "ends":
            return [i for i in places if cut[i][-len(part) :] == part]
        case "longest":
            return [i for i in places if len(cut[i]) == max(map(len, cut))]
        case "shortest":
            return [i for i in places if len(cut[i]) == min(map(len, cut))]


@pytest.mark.parametrize("name", LISTS)
def test_exactly_one_option_is_right(name: str) -> None:
    words = [LetteredWord.of(text) for text in LISTS[name]]
    questions = make_questions(words, 3000, Random(1))
    assert len(questions) == 3000
    kinds = Counter(question.kind for question in questions)
    assert set(kinds) == set(KINDS) and max(kinds.values()) < 2 * min(kinds.values())
    for question in questions:
        assert len(set(question.options)) == OPTIONS
        assert right_ones(question, r"\X") == [question.right], question
        if question.kind in ("contains", "starts", "ends", "longest", "shortest"):
            # To whom code points are letters, no other option is right.
            assert set(right_ones(question, ".")) <= {question.right}, question
    places = Counter(question.right for question in questions)
    assert all(abs(places[place] - 750) < 120 for place in range(OPTIONS))


def test_questions_are_different_and_follow_from_the_seed() -> None:
    words = [LetteredWord.of(text) for text in LISTS["latin"]]
    first, second = (make_questions(words, 500, Random("s")) for _ in range(2))
    assert first == second != make_questions(words, 500, Random("t"))
    assert len({(q.kind, q.part, frozenset(q.options)) for q in first}) == 500


def test_kinds_that_words_do_not_allow_are_left_out() -> None:
    """Of words of one length none is the longest; without a double letter none has the most."""
    words = [LetteredWord.of(text) for text in ("ab", "cd", "ef", "gh", "ij", "kl")]
    found = make_questions(words, 10_000, Random(0))
    assert {question.kind for question in found} == {"contains", "starts", "ends"}
    assert 0 < len(found) < 10_000
    assert make_questions(words[:3], 10, Random(0)) == []


def test_words_are_letters_alone_the_most_frequent_first() -> None:
    texts = ["oyun oyun Oyun don't x2 game-plays ab ab ab a çok", "çok oyun ǅin"]
    assert words_by_frequency(texts, "tur_Latn", 2) == ["ab", "oyun", "çok"]
    assert words_by_frequency(texts, "tur_Latn", 1) == ["ab", "oyun", "çok", "a"]
    assert words_by_frequency(["語言 模型"], "jpn_Jpan", 1) == ["型", "模", "言", "語"]
    assert words_by_frequency(["काम नी नी"], "hin_Deva", 2) == ["काम"]


def test_no_word_is_in_both_lists() -> None:
    words = LISTS["latin"]
    lists = divide(words, 100, 1)
    test, train = ({word.text for word in part} for part in (lists.test, lists.train))
    assert len(test) == 100 and not test & train and test | train == set(words)
    assert divide(words, 100, 1) == lists != divide(words, 100, 2)
    assert [lists.ranks[word] for word in words] == list(range(len(words)))
    # A word keeps its list when the corpus has more words.
    wider = {word.text for word in divide([*words, "zzz"], 100, 1).test}
    assert len(wider & test) >= 99
