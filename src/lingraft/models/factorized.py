"""Factorized embeddings (OFA) in any architecture: coordinates and primitives, saved and loaded.

An embedding matrix (V, D) becomes coordinates (V, R) times primitives (R, D); the tied head uses
both transposed, so the model has V R + R D numbers where it had V D. One mixin does this for every
architecture: each Auto class gets a subclass made from the architecture's own class, under the
model type `factorized-<type>`. `import lingraft` registers them (see `lingraft.registration`).

Liu, Lin, Wang and Schuetze, "OFA", Findings of NAACL 2024, section 3.1.

Shapes: V tokens, D embedding dimensions, R width, ... any leading dimensions.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from lingraft.errors import InputError
from lingraft.models.auto_classes import register_classes
from lingraft.models.counterparts import carry_over
from lingraft.models.factorized_config import (
    CONFIGURATIONS,
    factorized_config,
    plain_settings,
)
from lingraft.models.factorized_types import PREFIX


class FactorizedEmbedding(nn.Module):
    """Token ids to coordinates to embeddings; replaces the architecture's nn.Embedding."""

    def __init__(
        self,
        rows: int,
        width: int,
        dimensions: int,
        padding_idx: int | None,
        scale: float = 1.0,
    ) -> None:
        super().__init__()
        self.scale = scale  # Gemma multiplies its embeddings, and not the output matrix, by it
        self.coordinates = nn.Embedding(rows, width, padding_idx)
        self.primitives = nn.Linear(width, dimensions, bias=False)

    @property
    def padding_idx(self) -> int | None:
        """Id of the padding token, whose coordinates get no gradient."""
        return self.coordinates.padding_idx

    @padding_idx.setter
    def padding_idx(self, value: int | None) -> None:
        self.coordinates.padding_idx = value

    @property
    def weight(self) -> Tensor:
        """The dense embedding matrix (V, D), computed; not a parameter."""
        return functional.linear(self.coordinates.weight, self.primitives.weight)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Embeddings (..., D) of token ids (...)."""
        embedded: Tensor = self.primitives(self.coordinates(input_ids))
        return embedded if self.scale == 1.0 else embedded * self.scale


class FactorizedHead(nn.Module):
    """Logits from hidden states through the primitives and coordinates of the input embedding."""

    def __init__(self, rows: int, width: int, dimensions: int, bias: bool) -> None:
        super().__init__()
        # Parameters under the same names and shapes as the embedding's, to be tied to them.
        self.coordinates = nn.Embedding(rows, width)
        self.primitives = nn.Linear(width, dimensions, bias=False)
        self.bias = nn.Parameter(torch.zeros(rows)) if bias else None

    @property
    def weight(self) -> Tensor:
        """The dense output matrix (V, D), computed; not a parameter."""
        return functional.linear(self.coordinates.weight, self.primitives.weight)

    def forward(self, hidden: Tensor) -> Tensor:
        """Logits (..., V) of hidden states (..., D); the dense matrix is never made."""
        coordinates = functional.linear(hidden, self.primitives.weight.T)
        return functional.linear(coordinates, self.coordinates.weight, self.bias)


class FactorizedMixin:
    """Put in front of an architecture's class: swaps its embedding and head after construction."""

    def __init__(self, config: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(config, *arguments, **options)  # type: ignore[call-arg]
        model: Any = self
        text = config.get_text_config()
        dense = model.get_input_embeddings()
        embedding = FactorizedEmbedding(
            text.vocab_size,
            config.factorized_width,
            dense.weight.shape[1],
            dense.padding_idx,
            getattr(dense, "scalar_embed_scale", 1.0),
        )
        model.set_input_embeddings(embedding)
        head = model.get_output_embeddings()
        if head is not None:
            has_bias = getattr(head, "bias", None) is not None
            model.set_output_embeddings(
                FactorizedHead(
                    text.vocab_size, config.factorized_width, dense.weight.shape[1], has_bias
                )
            )
        # transformers ties these pairs after loading, and writes one parameter of each pair to the
        # file.
        model._tied_weights_keys = _tied_names(model, embedding)
        # The architecture called `post_init` before its modules were swapped. The second call
        # prepares the new ones.
        model.post_init()

    def resize_token_embeddings(self, *arguments: Any, **options: Any) -> Any:
        """Refused: a factorized vocabulary is made by initialization, not by resizing."""
        raise InputError(
            "a factorized vocabulary is not made by resizing: initialize this model's embeddings "
            "for another tokenizer (scripts/initialize_embeddings.py)"
        )


def _tied_names(model: nn.Module, embedding: nn.Module) -> dict[str, str]:
    """What is tied to what, by parameter names: the head's parts to the embedding's."""
    modules = dict(model.named_modules())
    base = next(name for name, module in modules.items() if module is embedding)
    tied: dict[str, str] = {}
    for name, module in modules.items():
        if isinstance(module, FactorizedHead):
            for part in ("coordinates.weight", "primitives.weight"):
                tied[f"{name}.{part}"] = f"{base}.{part}"
            parent = name.rpartition(".")[0]
            if module.bias is not None and hasattr(modules[parent], "bias"):
                tied[f"{name}.bias"] = f"{parent}.bias"
    return tied


def factorized_class(dense_class: type[PreTrainedModel]) -> type[PreTrainedModel]:
    """The factorized counterpart of an architecture's class, e.g. of `BertForMaskedLM`."""
    if dense_class not in _CLASSES:
        name = f"Factorized{dense_class.__name__}"
        config_class = CONFIGURATIONS[_model_type(dense_class)]
        # The mixin is first, so that its `__init__` runs around the architecture's. `dense_model`
        # relies on this order.
        bases = (FactorizedMixin, dense_class)
        attributes = {"config_class": config_class, "__module__": __name__, "__doc__": name}
        _CLASSES[dense_class] = type(name, bases, attributes)
    return _CLASSES[dense_class]


_CLASSES: dict[type[PreTrainedModel], type[PreTrainedModel]] = {}


def _model_type(dense_class: Any) -> str:
    return str(dense_class.config_class.model_type)


def register_models() -> None:
    """Make every supported architecture loadable through the Auto classes; again does no harm."""
    register_classes(CONFIGURATIONS.values(), factorized_class)


def factorize_model(
    model: Any, coordinates_VR: NDArray[Any], primitives_RD: NDArray[Any]
) -> PreTrainedModel:
    """The factorized counterpart of a dense model, with its other weights and these embeddings.

    Args:
        model: a dense model; it stays as it is.
        coordinates_VR: of each token.
        primitives_RD: shared by all tokens.

    Raises:
        InputError: the architecture is not supported, or its head is not tied to its embedding.
    """
    if model.config.model_type not in CONFIGURATIONS:
        known = ", ".join(sorted(CONFIGURATIONS))
        raise InputError(
            f"factorized embeddings (width) support {known}; not {model.config.model_type}"
        )
    if model.get_output_embeddings() is not None and not model.config.tie_word_embeddings:
        raise InputError(
            "factorized embeddings (width) need a head tied to the embedding; this model's is not"
        )
    config = factorized_config(model.config, width=len(primitives_RD), rows=len(coordinates_VR))
    result: Any = factorized_class(type(model))(config)
    _copy_others(model, result)
    embedding = result.get_input_embeddings()
    with torch.no_grad():
        embedding.coordinates.weight.copy_(torch.from_numpy(np.ascontiguousarray(coordinates_VR)))
        # nn.Linear stores (outputs, inputs), here (D, R).
        embedding.primitives.weight.copy_(torch.from_numpy(np.ascontiguousarray(primitives_RD.T)))
    result.generation_config = getattr(model, "generation_config", None)
    result.tie_weights()
    return result.to(model.dtype).train(model.training)  # type: ignore[no-any-return]


def dense_model(model: Any) -> PreTrainedModel:
    """The plain model that computes the same as a factorized one (weights copied).

    Raises:
        InputError: the model is dense already.
    """
    if not model.config.model_type.startswith(PREFIX):
        raise InputError(f"a {model.config.model_type} model is dense already")
    # The factorized class itself, the mixin, the architecture's class.
    dense_class: Any = type(model).__mro__[2]
    config = dense_class.config_class.from_dict(plain_settings(model.config))
    result = dense_class(config)
    _copy_others(model, result)
    with torch.no_grad():
        result.get_input_embeddings().weight.copy_(model.get_input_embeddings().weight)
    result.generation_config = getattr(model, "generation_config", None)
    result.tie_weights()
    return result.to(model.dtype).train(model.training)  # type: ignore[no-any-return]


def _copy_others(source: Any, target: Any) -> None:
    """Copy every weight but the embeddings and the head's matrix."""
    owners = (target.get_input_embeddings(), target.get_output_embeddings())
    modules = target.named_modules()
    own = [name for name, module in modules if any(module is owner for owner in owners)]
    carry_over(source, target, own)


register_models()
