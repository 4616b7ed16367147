"""TokenizerFit metrics: closed forms, and the published package as a reference."""

from collections.abc import Callable
from pathlib import Path

import pytest
from evaluation_samples import make_tokenizer, save_masked_model

from lingraft.evaluation.outcome import Score
from lingraft.evaluation.subject import TokenizerSubject
from lingraft.evaluation.tasks.tokenizer import TokenizerFit


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
