"""The transformer layers of a model's body."""

from collections.abc import Sequence
from typing import Any

from torch import nn

from lingraft.errors import ConfigError


def transformer_layers(model: Any) -> nn.ModuleList:
    """The layers of a model's body, the first one first.

    Raises:
        ConfigError: the architecture has no list of layers with weights of their own.
    """
    depth = getattr(model.config.get_text_config(), "num_hidden_layers", 0)
    for module in model.base_model.modules():  # from the outside in
        if isinstance(module, nn.ModuleList) and len(module) == depth:
            return module
    raise ConfigError(
        f"a {model.config.model_type} model has no list of {depth} transformer layers with weights "
        "of their own; remove what names layers"
    )


def chosen_layers(model: Any, numbers: Sequence[int]) -> list[nn.Module]:
    """Some of the layers of a model's body.

    Args:
        model: the model.
        numbers: from 0 on; -1 is the last one.

    Raises:
        ConfigError: there is no such layer.
    """
    layers = transformer_layers(model)
    for number in numbers:
        if not -len(layers) <= number < len(layers):
            raise ConfigError(
                f"layers: {number} is not a layer of this model, which has {len(layers)}; write "
                f"numbers from 0 to {len(layers) - 1}, or from -1 (the last) to {-len(layers)}"
            )
    return [layers[number] for number in numbers]
