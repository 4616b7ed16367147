from lingraft.vectors.dictionaries.cognates import Cognates
from lingraft.vectors.dictionaries.freedict import FreeDict
from lingraft.vectors.word_pairs import WordPair


def test_similar_frequent_words_are_pairs_with_their_similarity(places) -> None:
    given = places("the computer car polisi university", "Kompyuta car universiti polisi")
    found = list(Cognates(format="cognates", minimum_similarity=0.5).read(given))
    assert [(pair.source, pair.target) for pair in found] == [
        ("computer", "Kompyuta"),
        ("polisi", "polisi"),
        ("university", "universiti"),
    ]
    assert [round(pair.weight, 2) for pair in found] == [0.5, 1.0, 0.9]
    short = Cognates(format="cognates", minimum_length=3, frequent_words=3).read(given)
    assert list(short) == [WordPair("car", "car")]


def test_other_scripts_have_none(places) -> None:
    assert list(Cognates(format="cognates").read(places("house water", "人民 水"))) == []


def test_they_measure_nothing() -> None:
    assert not Cognates(format="cognates").is_gold and FreeDict.is_gold
