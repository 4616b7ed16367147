"""Measured, fitted and written: the loss falls by what was promised, in any kind of head."""

import copy
import logging
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.unit.initialization.architecture_samples import (
    SIZES,
    SPECIAL,
    WORDS,
    make_model,
)
from transformers import Gemma2Config, Gemma2ForCausalLM

from lingraft.corpus.documents import Document, write_lines
from lingraft.initialization.calibration.calibrate import calibrate
from lingraft.initialization.calibration.predictions import answers_of
from lingraft.initialization.calibration.scales import Scales, cross_entropy
from lingraft.models.token_tables import every_parameter, token_tables


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Texts in which the first words are the most frequent."""
    folder, draw = tmp_path_factory.mktemp("corpus"), random.Random(0)
    weights = [1 / (n + 1) for n in range(len(WORDS))]
    drawn = [Document(str(n), " ".join(draw.choices(WORDS, weights, k=20))) for n in range(60)]
    write_lines(folder / "train.jsonl.zst", drawn)
    return [folder]


def snapshot(model: Any) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in every_parameter(model).items()}


def bias_of(model: Any) -> Any:
    biases = token_tables(model).biases
    return every_parameter(model)[biases[0]].detach().numpy().copy() if biases else None


@pytest.mark.parametrize("tied", [None, False])
@pytest.mark.parametrize("kind", ["Bert", "Roberta", "Esm", "MobileBert", "DebertaV2", "Llama"])
def test_the_model_has_the_loss_that_was_promised(
    kind: str, tied: bool | None, tokenizer: Any, corpora: list[Path]
) -> None:
    model = make_model(kind, tied)
    before = snapshot(model)
    done = calibrate(model, tokenizer, corpora, 100)
    assert done is not None
    assert done.loss_after < done.loss_before
    assert done.predictions >= 100
    assert done.scales != Scales()
    answers = answers_of(model, tokenizer, bias_of(model), corpora, 100)
    assert answers is not None
    assert cross_entropy(answers, Scales()) == pytest.approx(done.loss_after, abs=1e-5)
    for name in token_tables(model).biases:
        expected = before[name] * done.scales.bias
        torch.testing.assert_close(every_parameter(model)[name].detach(), expected)
    again = calibrate(make_model(kind, tied), tokenizer, corpora, 100)
    assert again == done
    assert done.as_record() == {
        "logits": done.scales.logits, "bias": done.scales.bias, "predictions": done.predictions,
        "loss_before": done.loss_before, "loss_after": done.loss_after,
    }  # fmt: skip


def test_calibrated_twice(tokenizer: Any, corpora: list[Path]) -> None:
    """The second time there is nothing to do."""
    model = make_model("Bert", None)
    calibrate(model, tokenizer, corpora, 100)
    done = calibrate(model, tokenizer, corpora, 100)
    assert done is not None
    # A factor at its bound of the first time may go further.
    if 0.1 < done.scales.logits < 10:
        assert (done.scales.logits, done.scales.bias) == pytest.approx((1, 1), abs=1e-3)


def test_the_bound_of_the_bias(tokenizer: Any, corpora: list[Path]) -> None:
    model = make_model("Bert", None)
    with torch.no_grad():  # a bias that says what the texts say, far too faintly
        model.cls.predictions.decoder.bias.copy_(
            -0.01 * torch.tensor([9.0] * len(SPECIAL) + [np.log(n + 1) for n in range(len(WORDS))])
        )
    free = calibrate(copy.deepcopy(model), tokenizer, corpora, 200)
    bound = calibrate(model, tokenizer, corpora, 200, most_bias=2.0)
    assert free is not None
    assert bound is not None
    assert free.scales.bias == 10.0
    assert bound.scales.bias == 2.0
    assert free.loss_after < bound.loss_after < bound.loss_before


def test_a_model_that_shares_the_tensors_stays_as_it_is(
    tokenizer: Any, corpora: list[Path]
) -> None:
    """As the source model does in memory (`installing.install`)."""
    model = make_model("Bert", None)
    source = copy.deepcopy(model)
    source.load_state_dict(model.state_dict(), assign=True)
    source.tie_weights()
    before = snapshot(source)
    assert calibrate(model, tokenizer, corpora, 50) is not None
    assert all(torch.equal(value, before[name]) for name, value in every_parameter(source).items())


def test_bent_logits_are_left_alone(
    tokenizer: Any, corpora: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    torch.manual_seed(0)
    config = Gemma2Config(**SIZES, num_key_value_heads=2, head_dim=8)
    model = Gemma2ForCausalLM(config).eval()
    before = snapshot(model)
    with caplog.at_level(logging.WARNING):
        assert calibrate(model, tokenizer, corpora, 50) is None
    [record] = caplog.records
    assert record.getMessage() == (
        "no calibration: no weights of this gemma2 model scale its logits alone, and its head has "
        "no bias"
    )
    assert all(torch.equal(value, before[name]) for name, value in every_parameter(model).items())


def test_the_bias_alone(
    tokenizer: Any,
    corpora: list[Path],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from lingraft.initialization.calibration import calibrate as module

    monkeypatch.setattr(module, "scale_head", lambda *_: False)
    model = make_model("Bert", None)
    with caplog.at_level(logging.WARNING):
        done = calibrate(model, tokenizer, corpora, 100)
    assert [r.getMessage() for r in caplog.records] == [
        "calibration of the bias alone: no weights of this bert model scale its logits alone"
    ]
    assert done is not None
    assert done.scales.logits == 1.0
    assert done.loss_after <= done.loss_before
    answers = answers_of(model, tokenizer, bias_of(model), corpora, 100)
    assert answers is not None
    assert cross_entropy(answers, Scales()) == pytest.approx(done.loss_after, abs=1e-5)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_model_that_says_no_numbers(
    value: float, tokenizer: Any, corpora: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    model = make_model("Bert", None)
    with torch.no_grad():
        model.cls.predictions.transform.LayerNorm.bias[0] = value
    with caplog.at_level(logging.WARNING):
        assert calibrate(model, tokenizer, corpora, 50) is None
    assert [r.getMessage() for r in caplog.records] == [
        "no calibration: the model's logits of training text are not finite"
    ]


def test_no_text(tokenizer: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_lines(tmp_path / "train.jsonl.zst", [Document("empty", " ")])
    with caplog.at_level(logging.WARNING):
        assert calibrate(make_model("Bert", None), tokenizer, [tmp_path], 50) is None
    assert [r.getMessage() for r in caplog.records] == [
        "no calibration: the training text has no token to predict"
    ]
