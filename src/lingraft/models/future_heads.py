"""Heads that predict tokens further on than the next: copies of the model's own last layer.

They are part of a model only while it is trained (multi-token prediction). Gloeckle et al. 2024,
"Better & Faster Large Language Models via Multi-token Prediction"; for new vocabularies Yamaguchi
et al. 2025, arXiv 2406.11477.
"""

import copy
from typing import Any

from torch import nn

from lingraft.errors import ConfigError
from lingraft.models.heads import architecture_of

_NAME = "future_heads"


def add_future_heads(model: Any, count: int) -> None:
    """Put copies of the layer over the vocabulary beside it.

    Args:
        model: a decoder; changed in place.
        count: how many; the first of them predicts the token after the next one.

    Raises:
        ConfigError: the head of this architecture cannot be taken apart.
    """
    if architecture_of(model) is None:
        raise ConfigError(
            f"future_tokens: lingraft does not know the head of a {model.config.model_type} model; "
            "remove it"
        )
    output = model.get_output_embeddings()
    model.add_module(_NAME, nn.ModuleList(copy.deepcopy(output) for _ in range(count)))


def remove_future_heads(model: Any) -> None:
    """Take the heads out of a model: a plain one remains."""
    delattr(model, _NAME)


def future_heads(model: Any) -> nn.ModuleList:
    """The heads, in the order of the tokens that they predict; none if the model has none."""
    found: nn.ModuleList = getattr(model, _NAME, nn.ModuleList())
    return found


def future_parameters(model: Any) -> set[int]:
    """Identities of the parameters of these heads."""
    return {id(p) for p in future_heads(model).parameters()}
