"""Held-out loss: hand computations, fixed masks, no effect of batches."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from evaluation_samples import (
    WORDS,
    make_tokenizer,
    save_causal_model,
    save_masked_model,
    sentences,
)
from transformers import AutoModelForCausalLM, BertConfig, BertForMaskedLM

from lingraft.evaluation.outcome import MODEL, Outcome
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.language_model import LanguageModel
from lingraft.models import heads
from lingraft.models.scoring import windows


def values(outcome: Outcome) -> dict[str, float | None]:
    return {score.metric: score.value for score in outcome.scores if score.system == MODEL}


def rows(outcome: Outcome) -> dict[str, float | None]:
    """Bits per byte by system."""
    metrics = ("bits_per_byte", "bits_per_byte_elsewhere")
    return {s.system: s.value for s in outcome.scores if s.metric in metrics}


def test_a_model_that_knows_nothing_needs_log_v_nats(
    tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    tokenizer = make_tokenizer()
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=8, num_hidden_layers=1, num_attention_heads=1,
        intermediate_size=8, max_position_embeddings=32,
    )  # fmt: skip
    model = BertForMaskedLM(config)
    torch.nn.init.zeros_(model.get_output_embeddings().weight)
    model.save_pretrained(tmp_path / "m")
    tokenizer.save_pretrained(tmp_path / "m")
    corpus = make_corpus("c", {"1": "w1 w2 w3", "2": "w4"})
    outcome = LanguageModel(pseudo_documents=2).evaluate(
        ModelSubject(tmp_path / "m", corpora={"swh_Latn": corpus})
    )
    found = values(outcome)
    assert found["loss"] == pytest.approx(math.log(len(tokenizer)), rel=1e-5)
    assert found["pseudo_perplexity"] == pytest.approx(len(tokenizer), rel=1e-4)
    # 4 tokens, 10 bytes
    assert found["bits_per_byte"] == pytest.approx(math.log2(len(tokenizer)) * 4 / 10, rel=1e-5)


def test_causal_loss_equals_a_hand_computation(
    causal_model: Path, make_corpus: Callable[..., Path]
) -> None:
    model = AutoModelForCausalLM.from_pretrained(causal_model).eval()
    corpus = make_corpus("c", {"a": "w1 w2 w3"})
    outcome = LanguageModel().evaluate(ModelSubject(causal_model, corpora={"swh_Latn": corpus}))
    ids = [0, 2 + 1, 2 + 2, 2 + 3]
    with torch.inference_mode():
        log_probabilities = model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
    nats = -sum(log_probabilities[t, ids[t + 1]].item() for t in range(3))
    found = values(outcome)
    assert found["loss"] == pytest.approx(nats / 3, rel=1e-5)
    assert found["perplexity"] == pytest.approx(math.exp(nats / 3), rel=1e-5)
    assert found["bits_per_byte"] == pytest.approx(nats / math.log(2) / 8, rel=1e-5)


def test_scores_follow_from_the_predictions(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    texts = {str(i): text for i, text in enumerate(sentences(30, longest=90))}
    corpus = make_corpus("c", texts)
    outcome = LanguageModel().evaluate(ModelSubject(masked_model, corpora={"swh_Latn": corpus}))
    found = outcome.predictions
    assert {row["id"] for row in found} == set(texts)
    # Documents beyond the model's 32 tokens are windowed, not cut: every word counts.
    assert sum(row["tokens"] for row in found) == sum(len(text.split()) for text in texts.values())
    loss = sum(row["loss"] for row in found) / sum(row["predicted"] for row in found)
    assert values(outcome)["loss"] == pytest.approx(loss)


def test_the_same_loss_comes_from_the_whole_forward_pass(
    masked_model: Path, make_corpus: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = make_corpus("c", {str(i): text for i, text in enumerate(sentences(20))})
    by_parts = LanguageModel().evaluate(ModelSubject(masked_model, corpora={"swh_Latn": corpus}))
    monkeypatch.setattr(heads, "architecture_of", lambda model: None)
    whole = LanguageModel().evaluate(ModelSubject(masked_model, corpora={"swh_Latn": corpus}))
    assert values(by_parts)["loss"] == pytest.approx(values(whole)["loss"], rel=1e-5)


@pytest.mark.parametrize("kind", ["masked", "causal"])
def test_documents_cut_some_at_a_time_have_the_same_losses(
    masked_model: Path,
    causal_model: Path,
    make_corpus: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    corpus = make_corpus("c", {str(i): text for i, text in enumerate(sentences(20))})
    folder = masked_model if kind == "masked" else causal_model
    whole = LanguageModel().evaluate(ModelSubject(folder, corpora={"swh_Latn": corpus}))
    monkeypatch.setattr(windows, "_TOGETHER", 7)
    by_parts = LanguageModel().evaluate(ModelSubject(folder, corpora={"swh_Latn": corpus}))
    assert by_parts == whole


def test_empty_corpora_and_single_documents_are_survived(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpora = {
        "empty": make_corpus("e", {}),
        "blank": make_corpus("b", {"1": " "}),
        "one": make_corpus("o", {"1": "w1"}),
    }
    outcome = LanguageModel().evaluate(ModelSubject(masked_model, corpora=corpora))
    measured = {(s.language, s.metric): s.value for s in outcome.scores}
    assert measured[("empty", "bits_per_byte")] is None
    assert measured[("blank", "bits_per_byte")] is None
    assert measured[("one", "loss")] is not None
    assert len(outcome.notes) == 2


def test_byte_perplexity_equals_that_of_lm_eval(
    tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    pytest.importorskip("lm_eval", reason="pip install lingraft[harness]")
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    folder = save_causal_model(tmp_path / "m")
    text = " ".join(WORDS[:40])
    corpus = make_corpus("c", {"a": text})
    found = values(LanguageModel().evaluate(ModelSubject(folder, corpora={"x": corpus})))
    model = HFLM(pretrained=str(folder), device="cpu", batch_size=1)
    (log_likelihood,) = model.loglikelihood_rolling(
        [Instance("loglikelihood_rolling", {}, (text,), 0)]
    )
    reference = math.exp(-log_likelihood / len(text.encode()))
    assert 2 ** (found["bits_per_byte"] or 0) == pytest.approx(reference, rel=1e-4)


@pytest.mark.parametrize("kind", ["masked", "causal"])
def test_rows_without_a_model_stand_beside_each_model(
    masked_model: Path, causal_model: Path, make_corpus: Callable[..., Path], kind: str
) -> None:
    folder = masked_model if kind == "masked" else causal_model
    corpus = make_corpus("c", {"1": "w1 w2 w1", "2": "w4"}, train={"3": "w1 w2 w1 w2 w9"})
    found = rows(LanguageModel().evaluate(ModelSubject(folder, corpora={"x": corpus})))
    names = {"uniform", "unigram"} | ({"bigram"} if kind == "causal" else set())
    assert found.keys() == {MODEL, *names}
    size = 65 if kind == "masked" else 62
    assert found["uniform"] == pytest.approx(math.log2(size) * 4 / 10)
    if kind == "causal":
        # 5 tokens of 3 types; w1 once follows the beginning, w2 follows w1 twice and w1 w2 once.
        counts = {"w1": 2, "w2": 2, "w4": 0}
        one = {w: (c + 3 / size) / (5 + 3) for w, c in counts.items()}
        two = [(1 + one["w1"]) / 2, (2 + one["w2"]) / 3, (1 + 2 * one["w1"]) / 4, one["w4"] / 2]
        chances = [one["w1"], one["w2"], one["w1"], one["w4"]]
        assert found["unigram"] == pytest.approx(-sum(map(math.log2, chances)) / 10)
        assert found["bigram"] == pytest.approx(-sum(map(math.log2, two)) / 10)


def test_without_training_text_only_the_uniform_row_is_known(
    causal_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpus = make_corpus("c", {"1": "w1 w2"})
    found = rows(LanguageModel().evaluate(ModelSubject(causal_model, corpora={"x": corpus})))
    assert found.keys() == {MODEL, "uniform"}


@pytest.mark.parametrize("kind", ["masked", "causal"])
def test_the_untouched_source_model_is_a_row_that_is_scored_once(
    tmp_path: Path, make_corpus: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    make = save_causal_model if kind == "causal" else save_masked_model
    own, source = make(tmp_path / "own", seed=1), make(tmp_path / "source", seed=2)
    corpora = {"x": make_corpus("c", {str(i): text for i, text in enumerate(sentences(20))})}
    alone = LanguageModel().evaluate(ModelSubject(source, corpora=corpora))
    subject = ModelSubject(own, source_model=source, corpora=corpora, state=tmp_path / "state")
    outcome = LanguageModel().evaluate(subject)
    assert rows(outcome)["source model"] == pytest.approx(values(alone)["bits_per_byte"])
    assert rows(outcome)["source model"] != rows(outcome)[MODEL]
    records = [row for row in outcome.predictions if row.get("system") == "source model"]
    assert [row["loss"] for row in records] == [row["loss"] for row in alone.predictions]
    monkeypatch.setattr(ModelSubject, "_load", None)  # a second model asks the state
    again = ModelSubject(own, source_model=source, corpora=corpora, state=tmp_path / "state")
    again.model = subject.model
    assert LanguageModel().evaluate(again) == outcome


def test_what_the_source_model_does_not_know_is_told(
    tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    model = save_causal_model(tmp_path / "m")
    corpora = {"x": make_corpus("c", {"1": "w1 new w2 newer"})}
    outcome = LanguageModel().evaluate(ModelSubject(model, source_model=model, corpora=corpora))
    (note,) = {score.note for score in outcome.scores if score.system == "source model"}
    assert note.startswith("50% of the tokens are unknown")
    assert note.endswith("first token is predicted from <s>")


def test_a_corpus_that_is_measured_alone_has_a_metric_of_its_own(
    tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    own, source = (save_causal_model(tmp_path / str(seed), seed=seed) for seed in (1, 2))
    swahili = make_corpus("swahili", {"1": "w1 w2", "2": "w4"})
    english = make_corpus("english", {"1": "w3 w5 w9", "3": "w7"}, train={"2": "w1 w2"})
    outcome = LanguageModel().evaluate(
        ModelSubject(
            own, source_model=source, corpora={"swh_Latn": swahili},
            evaluation_corpora={"eng_Latn": english},
        )
    )  # fmt: skip
    found = {(s.metric, s.setting): s for s in outcome.scores if s.system == MODEL}
    assert set(found) == {
        *((metric, "") for metric in ("loss", "bits_per_byte", "perplexity")),
        ("bits_per_byte_elsewhere", "eng_Latn"),
    }
    alone = LanguageModel().evaluate(ModelSubject(own, corpora={"eng_Latn": english}))
    score = found["bits_per_byte_elsewhere", "eng_Latn"]
    assert (score.value, score.language) == (values(alone)["bits_per_byte"], "eng_Latn")
    systems = {s.system for s in outcome.scores if s.setting == "eng_Latn"}
    assert systems == {MODEL, "uniform", "unigram", "bigram", "source model"}


def test_the_prefix_of_a_causal_model_can_be_chosen_and_is_told(
    causal_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpora = {"x": make_corpus("c", {"1": "w1 w2"})}
    default, other = (
        LanguageModel(prefix=prefix).evaluate(ModelSubject(causal_model, corpora=corpora))
        for prefix in (None, "w7")
    )
    assert values(default)["loss"] != values(other)["loss"]
    notes = [outcome.scores[0].note.rpartition(" ")[2] for outcome in (default, other)]
    assert notes == ["<s>", "w7"]


def test_the_rows_are_counted_on_as_much_text_as_was_said(
    causal_model: Path, make_corpus: Callable[..., Path]
) -> None:
    texts = {str(i): text for i, text in enumerate(sentences(60))}
    corpora = {"x": make_corpus("c", {"1": "w1 w2 w3"}, train=texts)}
    much, little = (
        rows(
            LanguageModel(reference_bytes=size).evaluate(
                ModelSubject(causal_model, corpora=corpora)
            )
        )
        for size in (None, 500)
    )
    assert much["unigram"] != little["unigram"]
    assert much["uniform"] == little["uniform"]
