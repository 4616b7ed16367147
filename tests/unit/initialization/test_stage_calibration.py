"""Calibration as an option of every method, from folders to a folder."""

import json
import logging

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    BertConfig,
    BertForMaskedLM,
    LlamaConfig,
    LlamaForCausalLM,
)

from lingraft.artifacts import verify
from lingraft.errors import ConfigError
from lingraft.initialization import stage as module
from lingraft.initialization.methods import check_method
from lingraft.initialization.stage import Transfer, transfer

KEYS = {"logits", "bias", "predictions", "loss_before", "loss_after"}


@pytest.fixture(scope="module")
def sources(toy, tmp_path_factory):
    root, world = tmp_path_factory.mktemp("calibrated"), toy.world(0, "wordpiece", "metaspace")
    torch.manual_seed(0)
    sizes = {
        "vocab_size": len(world.source), "hidden_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 1, "intermediate_size": 16, "max_position_embeddings": 16,
    }  # fmt: skip
    tied = BertForMaskedLM(BertConfig(**sizes, initializer_range=0.5))
    untied = BertForMaskedLM(BertConfig(**sizes, initializer_range=0.5, tie_word_embeddings=False))
    causal = LlamaForCausalLM(LlamaConfig(**sizes, initializer_range=0.5))
    for name, model in {"tied": tied, "untied": untied, "causal": causal}.items():
        model.save_pretrained(root / name)
        world.source.tokenizer.save_pretrained(root / name)
    world.target.tokenizer.save_pretrained(root / "tokenizer")
    return root


def job_of(toy, sources, output, method="mean", source="tied", corpora=None, **options):
    evidence = toy.world(0, "wordpiece", "metaspace").evidence
    parallel = evidence.parallel if "mixture" in method else []
    return Transfer(
        source_model=sources / source,
        target_tokenizer=sources / "tokenizer",
        parallel=parallel,
        corpora=evidence.corpora if corpora is None else corpora,
        method=check_method({"method": method, **options}, "settings"),
        output=output,
    )


@pytest.mark.parametrize("source", ["tied", "untied", "causal"])
@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("mean", {"calibration_tokens": 60}),
        ("lexical", {"calibration_tokens": 60, "bias": "copy"}),
        ("random", {"calibration_tokens": 60, "bias": "zero"}),
        ("mixture", {"mean_row": True}),
    ],
)
def test_every_method_can_be_calibrated(toy, sources, tmp_path, source, method, options):
    report = transfer(job_of(toy, sources, tmp_path / "out", method, source, **options))
    verify(tmp_path / "out", "model")
    written = json.loads((tmp_path / "out" / "initialization.json").read_text("utf-8"))
    assert written == report
    found = written["calibration"]
    assert set(found) == KEYS
    assert found["loss_after"] <= found["loss_before"]
    assert found["predictions"] >= 60
    auto = AutoModelForCausalLM if source == "causal" else AutoModelForMaskedLM
    with torch.no_grad():
        logits = auto.from_pretrained(tmp_path / "out")(torch.tensor([[2, 7, 8, 3]])).logits
    assert torch.isfinite(logits).all()


def test_what_is_changed_is_the_head_alone(toy, sources, tmp_path):
    folders = {}
    for tokens in (0, 60):
        folders[tokens] = tmp_path / str(tokens)
        job = job_of(toy, sources, folders[tokens], calibration_tokens=tokens)
        report = transfer(job)
    one, two = (
        dict(AutoModelForMaskedLM.from_pretrained(folder).named_parameters())
        for folder in folders.values()
    )
    changed = {name for name in one if not torch.equal(one[name], two[name])}
    assert changed == {
        "cls.predictions.bias",
        "cls.predictions.transform.LayerNorm.weight",
        # `LayerNorm.bias` is zero in a new model.
    }
    expected = one["cls.predictions.bias"] * report["calibration"]["bias"]
    torch.testing.assert_close(two["cls.predictions.bias"], expected)
    for name in ("tokenizer.json", "tokenizer_config.json", "config.json"):
        assert (folders[0] / name).read_bytes() == (folders[60] / name).read_bytes()
    assert "calibration" not in json.loads((folders[0] / "initialization.json").read_text("utf-8"))


def test_a_factorized_model_can_be_calibrated(toy, sources, tmp_path):
    report = transfer(job_of(toy, sources, tmp_path / "out", calibration_tokens=60, width=4))
    assert report["calibration"]["loss_after"] < report["calibration"]["loss_before"]
    AutoModelForMaskedLM.from_pretrained(tmp_path / "out")


@pytest.mark.parametrize(
    ("policy", "scale", "most"),
    [
        ("unigram", 0.5, 2.0),
        ("auto", 0.25, 4.0),
        ("unigram", 4.0, 1.0),
        ("unigram", 0.0, None),
        ("copy", 4.0, None),
        ("zero", 0.5, None),
    ],
)
def test_how_far_a_bias_may_grow(toy, sources, tmp_path, monkeypatch, policy, scale, most):
    """To the log frequency, if it is one; what a user wants above this stays allowed."""
    asked = []

    def note(*arguments):
        asked.append(arguments[-1])

    monkeypatch.setattr(module, "calibrate", note)
    options = {"bias": policy, "bias_scale": scale, "calibration_tokens": 60}
    transfer(job_of(toy, sources, tmp_path / "out", **options))
    assert asked == [most]


def test_the_same_call_writes_the_same_bytes(toy, sources, tmp_path):
    for name in ("one", "two"):
        transfer(job_of(toy, sources, tmp_path / name, "mixture"))
    assert verify(tmp_path / "one").digest == verify(tmp_path / "two").digest


def test_without_text_there_is_one_line(toy, sources, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        report = transfer(
            job_of(toy, sources, tmp_path / "out", corpora=[], calibration_tokens=1000)
        )
    assert "calibration" not in report
    lines = [r.getMessage() for r in caplog.records if "no calibration" in r.getMessage()]
    assert lines == ["no calibration: there is no text of the target language (`corpora=`)"]


def test_a_mixture_that_extends_its_source_is_not_calibrated(toy, sources, tmp_path, caplog):
    """Its default gives way; who asks for calibration is told that it is not possible."""
    with caplog.at_level(logging.INFO):
        report = transfer(
            job_of(toy, sources, tmp_path / "out", "mixture", bias="copy", extends_source=True)
        )
    assert "calibration" not in report
    lines = [r.getMessage() for r in caplog.records if "no calibration" in r.getMessage()]
    assert lines == ["no calibration: the old tokens keep what the source model says of them"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "reference"}, "calibration_tokens cannot be set with mode: reference"),
        ({"extends_source": True}, "calibration_tokens cannot be set with extends_source: the fac"),
    ],
)
def test_where_it_cannot_be_set(options, message):
    with pytest.raises(ConfigError, match=message) as caught:
        check_method({"method": "wechsel", "calibration_tokens": 10, **options}, "settings")
    assert "\n" not in str(caught.value)
    check_method({"method": "wechsel", "calibration_tokens": 0, **options}, "settings")
