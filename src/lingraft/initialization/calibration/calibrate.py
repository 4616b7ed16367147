"""Fit the two factors of a new model's head on training text, and write them into the model.

New rows come from source rows that their tokens share a meaning with: they say too much, or too
little, in the head that was trained with other rows. How much is known about the language decides
how far the logits may be trusted, and the model itself says it: its cross-entropy at some hundred
masked places of the *training* text has one best factor for the logits and one for the bias.
What the model reads stays as it is: embeddings and states do not change, so neither does retrieval.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lingraft.initialization.calibration.head_norm import scale_head
from lingraft.initialization.calibration.predictions import answers_of
from lingraft.initialization.calibration.scales import Answers, Scales, cross_entropy, fit_scales

logger = logging.getLogger(__name__)

# With a factor near zero, training would have to raise the logits from nothing again.
_LEAST = Scales(logits=0.1, bias=0.0)
_MOST_LOGITS = 10.0


@dataclass(frozen=True)
class Calibration:
    """The factors of a model's head, and what they did to its predictions.

    Attributes:
        scales: of the logits and of the bias.
        predictions: number of predicted tokens.
        loss_before: their mean loss in nats before the calibration.
        loss_after: the same with the factors.
    """

    scales: Scales
    predictions: int
    loss_before: float
    loss_after: float

    def as_record(self) -> dict[str, float]:
        """Plain values, for the account of the initialization."""
        return {
            "logits": self.scales.logits,
            "bias": self.scales.bias,
            "predictions": self.predictions,
            "loss_before": self.loss_before,
            "loss_after": self.loss_after,
        }


def calibrate(
    model: Any,
    tokenizer: Any,
    corpora: Sequence[Path],
    predictions: int,
    most_bias: float,
) -> Calibration | None:
    """Scale the logits and the bias of a model's head, in place; None where nothing can be fitted.

    Args:
        model: masked or causal, in evaluation mode.
        tokenizer: the model's tokenizer.
        corpora: folders with training text of the model's languages.
        predictions: about so many predicted places of it.
        most_bias: the highest factor of the bias.
    """
    biases = _biases(model)
    bias_V = biases[0].detach().float().cpu().numpy() if biases else None
    answers = answers_of(model, tokenizer, bias_V, corpora, predictions)
    if answers is None:
        logger.warning("no calibration: the training text has no token to predict")
        return None
    scales = fit_scales(answers, _LEAST, Scales(_MOST_LOGITS, most_bias))
    if not scale_head(model, scales.logits):
        logger.warning("calibration of the bias alone: no normalization before the output matrix")
        scales = fit_scales(answers, Scales(1.0, _LEAST.bias), Scales(1.0, most_bias))
    with torch.no_grad():
        for bias in biases:
            bias.mul_(scales.bias)
    return _account(answers, scales)


def _account(answers: Answers, scales: Scales) -> Calibration:
    before, after = cross_entropy(answers, Scales()), cross_entropy(answers, scales)
    logger.info(
        "calibrated on %d predictions: logits x %.3f, bias x %.3f; loss %.3f -> %.3f nats",
        len(answers.right_P), scales.logits, scales.bias, before, after,
    )  # fmt: skip
    return Calibration(scales, len(answers.right_P), before, after)


def _biases(model: Any) -> list[torch.Tensor]:
    """The bias of the head, and its copies: some architectures store it twice."""
    bias = getattr(model.get_output_embeddings(), "bias", None)
    if bias is None:
        return []
    copies = [each for each in model.parameters() if each is not bias and _is_equal(each, bias)]
    return [bias, *copies]


def _is_equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and bool((one == other).all())
