"""Held-out loss: hand computations, fixed masks, no effect of batches."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from evaluation_samples import WORDS, make_tokenizer, save_causal_model, sentences
from transformers import AutoModelForCausalLM, BertConfig, BertForMaskedLM

from lingraft.evaluation.outcome import Outcome
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.language_model import LanguageModel
from lingraft.models import heads
from lingraft.models.scoring import windows


def values(outcome: Outcome) -> dict[str, float | None]:
    return {score.metric: score.value for score in outcome.scores}


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
    rows = outcome.predictions
    assert {row["id"] for row in rows} == set(texts)
    # Documents beyond the model's 32 tokens are windowed, not cut: every word counts.
    assert sum(row["tokens"] for row in rows) == sum(len(text.split()) for text in texts.values())
    loss = sum(row["loss"] for row in rows) / sum(row["predicted"] for row in rows)
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
