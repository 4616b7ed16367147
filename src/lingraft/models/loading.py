"""Load a model folder as the right class, offline, without remote code and without pickles."""

import logging
from collections.abc import Collection, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from lingraft.errors import InputError
from lingraft.models.door import open_model

logger = logging.getLogger(__name__)


def load_model(folder: Path) -> PreTrainedModel:
    """Load a language model with its head, fp32, in evaluation mode.

    Args:
        folder: a Hugging Face folder; models that lingraft made (factorized embeddings) too.

    Raises:
        InputError: the weights are damaged, quantized, only there as a pickle, or lack a part of
            the body or a matrix whose rows are tokens. A head that they lack is drawn at random,
            with a warning.
    """
    opened = open_model(folder)
    if opened.drawn:
        names = ", ".join(opened.drawn[:3])
        logger.warning(
            "%s lacks the head, %d weights are drawn at random: %s ...",
            folder, len(opened.drawn), names,
        )  # fmt: skip
    return opened.model


def load_weights(
    model: nn.Module, weights: Mapping[str, Tensor], needed: Collection[str] | None = None
) -> None:
    """Set parameters of a model by name; tied ones have one name.

    Args:
        model: changed in place.
        weights: tensors by name of parameter.
        needed: the parameters that must be given, all by default.

    Raises:
        InputError: the names are not those of the model.
    """
    parameters = dict(model.named_parameters())
    missing = set(parameters if needed is None else needed) - set(weights)
    if unfit := missing | (set(weights) - set(parameters)):
        raise InputError(f"weights do not fit the model: {', '.join(sorted(unfit)[:3])}, ...")
    with torch.no_grad():
        for name, tensor in weights.items():
            parameters[name].copy_(tensor)
