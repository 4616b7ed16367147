"""Fit the two factors of a new model's head on training text, and write them into the model.

New rows come from source rows that their tokens share a meaning with: they say too much, or too
little, in the head that was trained with other rows. How much is known about the language decides
how far the logits may be trusted, and the model itself says it: its cross-entropy at some hundred
masked places of the *training* text has one best factor for the logits and one for the bias.
What the model reads stays as it is: embeddings and states do not change, so neither does retrieval.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lingraft.initialization.calibration.head_norm import scale_head
from lingraft.initialization.calibration.predictions import answers_of
from lingraft.initialization.calibration.scales import Answers, Scales, cross_entropy, fit_scales
from lingraft.models.token_tables import every_parameter, token_tables

logger = logging.getLogger(__name__)

# With a factor near zero, training would have to raise the logits from nothing again.
_LEAST = Scales(logits=0.1, bias=0.0)
_MOST = 10.0


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
    most_bias: float | None = None,
) -> Calibration | None:
    """Scale the logits and the bias of a model's head; None, and no change, where that fails.

    The weights are replaced: a model that has the same tensors keeps them as they are.

    Args:
        model: masked or causal, in evaluation mode.
        tokenizer: the model's tokenizer.
        corpora: folders with training text of the model's languages.
        predictions: about so many predicted places of it.
        most_bias: the highest factor of the bias, if it has a bound of its own.
    """
    biases = _biases(model)
    bias_V = biases[0].detach().float().cpu().numpy() if biases else None
    answers = answers_of(model, tokenizer, bias_V, corpora, predictions)
    if answers is None:
        logger.warning("no calibration: the training text has no token to predict")
        return None
    if not np.isfinite(answers.logits_PV).all():
        logger.warning("no calibration: the model's logits of training text are not finite")
        return None
    most = Scales(_MOST, _MOST if most_bias is None else most_bias)
    scales = fit_scales(answers, _LEAST, most)
    if not scale_head(model, scales.logits, biases[0] if biases else None):
        if not np.ptp(answers.bias_V):
            logger.warning("no calibration: %s, and its head has no bias", _unscalable(model))
            return None
        logger.warning("calibration of the bias alone: %s", _unscalable(model))
        scales = fit_scales(answers, replace(_LEAST, logits=1.0), replace(most, logits=1.0))
    for bias in biases:
        bias.data = bias.data * scales.bias
    return _account(answers, scales)


def _unscalable(model: Any) -> str:
    return f"no weights of this {model.config.model_type} model scale its logits alone"


def _account(answers: Answers, scales: Scales) -> Calibration:
    before, after = cross_entropy(answers, Scales()), cross_entropy(answers, scales)
    logger.info(
        "calibrated on %d predictions: logits x %.3f, bias x %.3f; loss %.3f -> %.3f nats",
        len(answers.right_P), scales.logits, scales.bias, before, after,
    )  # fmt: skip
    return Calibration(scales, len(answers.right_P), before, after)


def _biases(model: Any) -> list[torch.nn.Parameter]:
    """The bias of the head, and further ones of the same tokens, which some architectures have."""
    parameters = every_parameter(model)
    found = {id(parameters[name]): parameters[name] for name in token_tables(model).biases}
    return list(found.values())
