"""How the vectors of tokens become the vector of a text: settings, and the modules they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Discriminator, PositiveInt, Tag

from lingraft.config.base import Block
from lingraft.errors import ConfigError

TokenPooling = Literal["mean", "cls", "last", "max", "weighted-mean"]
_NAMES: dict[TokenPooling, str] = {
    "mean": "mean",
    "cls": "cls",
    "last": "lasttoken",
    "max": "max",
    "weighted-mean": "weightedmean",
}


class PooledLayers(Block):
    """The last layers of each token are joined, and then the tokens: the twelve poolings of DSE
    (Barkan et al. 2020)."""

    kind: Literal["layers"] = "layers"
    layers: PositiveInt = 4
    """How many of the last layers are joined."""
    join: Literal["concat", "mean"] = "concat"
    """One after the other (`layers` times as many dimensions), or their mean."""
    tokens: Literal["mean", "sqrt", "max"] = "mean"
    """The mean of the tokens, their sum over the root of their number, or the largest of each
    dimension."""
    with_cls: bool = False
    """Whether the first token takes part."""

    def modules(self, language_model: Any) -> list[Any]:
        """One module, which needs all hidden states."""
        from lingraft.encoders.modules.layer_pooling import LayerPooling

        width = language_model.config.hidden_size
        return [LayerPooling(width, self.layers, self.join, self.tokens, self.with_cls)]


class DuplexVector(Block):
    """The first token's vector with fewer dimensions, and beside it the entries of the vocabulary
    that the other tokens say by the model's head: for models of the objective `dupmae` (after Liu
    et al. 2022). The head is that of the model which the recipe starts from, and stays."""

    kind: Literal["duplex"]
    reduced: PositiveInt
    """Dimensions that the first token's vector gets, by a learned matrix."""
    kept: PositiveInt
    """Entries of the vocabulary that a text keeps; all others are 0."""

    def modules(self, language_model: Any) -> list[Any]:
        """One module, with a copy of the head.

        Raises:
            ConfigError: the model is no masked language model, or too small.
        """
        from lingraft.encoders.modules.duplex import DuplexEncoding
        from lingraft.encoders.modules.prediction_head import head_tensors
        from lingraft.models.objective import is_causal

        config = language_model.config
        if is_causal(config):
            raise ConfigError(
                f"pooling: duplex needs a masked language model, and {config.model_type} is a "
                "decoder; choose another pooling"
            )
        for name, size in (("hidden_size", self.reduced), ("vocab_size", self.kept)):
            if size > getattr(config, name):
                raise ConfigError(
                    f"pooling: {size} is more than the model's {name} {getattr(config, name)}; "
                    "lower it"
                )
        head = head_tensors(language_model)
        return [DuplexEncoding(self.reduced, self.kept, config.to_dict(), head)]


def kind(given: Any) -> str:
    """Which kind of pooling is meant; the name of this function is that of the key."""
    if isinstance(given, dict):
        return str(given.get("kind", "layers"))
    return getattr(given, "kind", "tokens")


if TYPE_CHECKING:
    AnyPooling = TokenPooling | PooledLayers | DuplexVector
else:
    AnyPooling = Annotated[
        Annotated[TokenPooling, Tag("tokens")]
        | Annotated[PooledLayers, Tag("layers")]
        | Annotated[DuplexVector, Tag("duplex")],
        Discriminator(kind),
    ]


def pooling_modules(pooling: AnyPooling, layers: int, language_model: Any) -> list[Any]:
    """The modules of a sentence encoder behind its model.

    Args:
        pooling: the settings.
        layers: how many of the last layers are averaged before.
        language_model: the model.

    Raises:
        ConfigError: the pooling does not fit the model.
    """
    from sentence_transformers.sentence_transformer.modules import Pooling, WeightedLayerPooling

    if not isinstance(pooling, str):
        return pooling.modules(language_model)
    config = language_model.config
    width, depth = config.hidden_size, config.num_hidden_layers
    modules: list[Any] = []
    if layers > 1:
        # Hidden states are the embeddings and then the output of each layer.
        average = WeightedLayerPooling(width, depth, layer_start=depth + 1 - layers)
        average.requires_grad_(False)
        modules.append(average)
    return [*modules, Pooling(width, _NAMES[pooling])]
