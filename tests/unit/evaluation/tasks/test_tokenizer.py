"""TokenizerFit metrics: closed forms, and the published package as a reference."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from evaluation_samples import make_tokenizer, save_masked_model

from lingraft.errors import ConfigError
from lingraft.evaluation.measures.vocabulary_fit import finder, overlap
from lingraft.evaluation.outcome import Score
from lingraft.evaluation.subject import TokenizerSubject
from lingraft.evaluation.tasks.tokenizer import TokenizerFit
from lingraft.tokenizers.token_table import TokenTable


def by_metric(scores: list[Score]) -> dict[str, float | None]:
    return {score.metric: score.value for score in scores}


def test_a_word_level_tokenizer_has_the_closed_forms(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpus = make_corpus("t", {"1": "w1 w2 w3", "2": "w1 unknown"})
    subject = TokenizerSubject(
        masked_model,
        source_model=masked_model,
        corpora={"swh_Latn": corpus},
        pivots={"swh_Latn": corpus},
    )
    found = by_metric(list(TokenizerFit(words="whitespace").evaluate(subject).scores))
    assert found["fertility"] == 1
    assert found["continued_words"] == 0
    assert found["single_token_words"] == 1
    assert found["parity"] == found["parity_of_sentences"] == 1
    assert found["unknown"] == pytest.approx(1 / 5)
    assert found["bytes_per_token"] == pytest.approx(18 / 5)
    assert found["byte_fallback"] == 0
    # Four distinct words, one of them unknown to the vocabulary.
    assert found["single_token_types"] == pytest.approx(3 / 4)


def test_renyi_efficiency_equals_the_authors_package(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    scorer = pytest.importorskip("tokenization_scorer")
    texts = {"1": "w1 w1 w1 w2 w2 w3", "2": "w4 w1"}
    corpus = make_corpus("t", texts)
    subject = TokenizerSubject(masked_model, corpora={"swh_Latn": corpus})
    found = by_metric(list(TokenizerFit(renyi_order=2.5).evaluate(subject).scores))
    reference = scorer.score(list(texts.values()), metric="renyi", power=2.5)
    assert found["renyi_efficiency"] == pytest.approx(reference, abs=1e-9)


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


def test_an_empty_corpus_says_so(masked_model: Path, make_corpus: Callable[..., Path]) -> None:
    subject = TokenizerSubject(masked_model, corpora={"swh_Latn": make_corpus("t", {})})
    (score,) = TokenizerFit().evaluate(subject).scores
    assert (score.value, score.note) == (None, "no held-out text")


def test_padding_stored_in_a_source_tokenizer_does_not_count(
    tmp_path: Path, masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    source = save_masked_model(tmp_path / "source")
    tokenizer = make_tokenizer()
    tokenizer.backend_tokenizer.enable_padding(length=30)
    tokenizer.backend_tokenizer.save(str(source / "tokenizer.json"))
    corpus = make_corpus("t", {"1": "w1 w2", "2": "w3"})
    subject = TokenizerSubject(
        masked_model, source_model=source, corpora={"x": corpus}, pivots={"x": corpus}
    )
    assert by_metric(list(TokenizerFit().evaluate(subject).scores))["parity"] == 1
