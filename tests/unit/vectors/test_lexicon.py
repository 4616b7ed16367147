from pathlib import Path

import pytest

from lingraft.errors import InputError
from lingraft.vectors.dictionaries.cognates import Cognates
from lingraft.vectors.dictionaries.identical import IdenticalWords
from lingraft.vectors.dictionaries.tsv import TsvDictionary
from lingraft.vectors.lexicon import read_dictionaries
from lingraft.vectors.word_pairs import WordPair


def tsv(path: str, **more: object) -> TsvDictionary:
    return TsvDictionary.model_validate({"format": "tsv", "source": "d", "path": path, **more})


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    (tmp_path / "own.tsv").write_text("cat\tpaka\ndog\tmbwa\n")
    (tmp_path / "general.tsv").write_text("cat\tpaka\ncat\tmnyama\nNew York\tYorki\n7\t7\n")
    (tmp_path / "turned.tsv").write_text("samaki\tfish\n")
    (tmp_path / "foreign.tsv").write_text("chat\tKatze\n")
    (tmp_path / "phrases.tsv").write_text("a cat\tpaka mmoja\n")


def test_first_dictionary_keeps_its_weight_and_phrases_are_left_out(places) -> None:
    where = places("cat dog fish", "paka mbwa mnyama samaki")
    dictionaries = [
        tsv("own.tsv", weight=3.0),
        tsv("general.tsv"),
        tsv("turned.tsv", reversed=True),
    ]
    found = read_dictionaries(dictionaries, where)
    assert [(p.source, p.target, p.weight) for p in found] == [
        ("cat", "paka", 3.0),
        ("dog", "mbwa", 3.0),
        ("cat", "mnyama", 1.0),
        ("fish", "samaki", 1.0),
    ]
    assert {p.origin for p in found} == {"tsv:d"}


def test_words_are_folded_as_the_vectors_are(tmp_path: Path, places) -> None:
    (tmp_path / "cased.tsv").write_text("Cat\tPaka\n")
    found = read_dictionaries([tsv("cased.tsv")], places("cat", "paka", True))
    assert [(p.source, p.target) for p in found] == [("cat", "paka")]
    kept = read_dictionaries([tsv("cased.tsv")], places("cat", "paka"))
    assert [(p.source, p.target) for p in kept] == [("Cat", "Paka")]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "foreign.tsv",
            "tsv:d shares no word pair with the vectors of eng_Latn and swh",
        ),
        ("phrases.tsv", "dictionary tsv:d has no pair of single words"),
    ],
)
def test_useless_dictionary_is_named(places, path: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_dictionaries([tsv("own.tsv"), tsv(path)], places("cat", "paka"))


def test_wrong_direction_is_hinted_at(places) -> None:
    with pytest.raises(InputError, match="in this direction"):
        read_dictionaries([tsv("turned.tsv")], places("fish", "samaki"))


def test_identical_words_need_no_file(places) -> None:
    found = read_dictionaries([IdenticalWords(format="identical")], places("web cat", "paka web"))
    assert [(p.source, p.target, p.origin) for p in found] == [("web", "web", "identical")]


def test_a_guess_that_a_dictionary_has_is_that_dictionarys(places, tmp_path: Path) -> None:
    """Its weight stays that of the first, and it measures the alignment."""
    (tmp_path / "d.tsv").write_text("polisi\tpolisi\n")
    first = Cognates(format="cognates", weight=0.5)
    second = TsvDictionary(format="tsv", source="d", path="d.tsv")
    given = places("polisi sahihi", "polisi sahili")
    guessed, other = read_dictionaries([first, second], given)
    assert guessed == WordPair("polisi", "polisi", 0.5, "tsv:d", True)
    assert other[:2] == ("sahihi", "sahili") and other.origin == "cognates" and not other.is_gold
    assert other.weight == pytest.approx(0.5 * 5 / 6)
