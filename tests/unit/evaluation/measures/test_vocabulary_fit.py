"""Words by each rule, and the overlap of vocabularies."""

import sys

import pytest
from evaluation_samples import make_tokenizer

from lingraft.errors import ConfigError
from lingraft.evaluation.measures.vocabulary_fit import finder, overlap
from lingraft.tokenizers.token_table import TokenTable


def test_every_entry_falls_into_one_of_four_classes() -> None:
    target = TokenTable(make_tokenizer(["w1", "w2", "Wx"]))
    source = TokenTable(make_tokenizer(["w1", "other"]))
    shares: dict[str, dict[str, float]] = {}
    for weighting, kind, share, _ in overlap(target, source, {5: 3, 6: 1}):
        shares.setdefault(weighting, {})[kind] = share
    assert shares["entries"] == {
        "exact": pytest.approx(1 / 8),
        "canonical": 0,
        "special": pytest.approx(5 / 8),
        "none": pytest.approx(2 / 8),
    }
    assert shares["weighted by use"]["exact"] == pytest.approx(3 / 4)
    assert all(sum(part.values()) == pytest.approx(1) for part in shares.values())


def test_a_vocabulary_overlaps_itself_exactly() -> None:
    table = TokenTable(make_tokenizer())
    found = {kind: share for weighting, kind, share, _ in overlap(table, table, {})}
    assert found["exact"] == pytest.approx(60 / 65)
    assert found["none"] == 0


def test_words_are_found_by_the_chosen_rule() -> None:
    text = "Habari, dunia yote"
    assert [text[a:b] for a, b in finder("whitespace")(text, "swh_Latn")] == text.split()
    assert [text[a:b] for a, b in finder("language")(text, "swh_Latn")] == [
        "Habari",
        "dunia",
        "yote",
    ]


def test_icu_knows_words_without_spaces() -> None:
    pytest.importorskip("icu4py", reason="pip install lingraft[icu]")
    text = "𝒳 สวัสดี ชาวโลก."
    assert [text[a:b] for a, b in finder("icu")(text, "tha_Thai")] == ["𝒳", "สวัสดี", "ชาว", "โลก"]
    assert finder("icu")("", "tha_Thai") == []


def test_without_icu_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icu4py.breakers", None)
    with pytest.raises(ConfigError, match="pip install icu4py"):
        finder("icu")("text", "tha_Thai")
