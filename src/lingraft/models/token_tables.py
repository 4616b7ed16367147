"""Which parameters of a model have an axis of tokens, found by asking its architecture.

Two copies without weights are made, one with a larger vocabulary. A parameter whose shape differs
has an axis of tokens, whatever its name. A hidden size that happens to equal the vocabulary's size
does not differ. So second tables (per-layer embeddings, a second matrix of the head) are found too.

Shapes: S rows (tokens), X numbers a token.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from transformers.initialization import no_init_weights

from lingraft.errors import InputError

_MORE = 7  # tokens of the larger vocabulary


@dataclass(frozen=True)
class TokenTables:
    """Parameters with an axis of tokens, by name; a tied parameter has several names."""

    embeddings: frozenset[str]
    """The input embeddings (S, X), or coordinates of factorized ones, and what is tied to them."""
    output: frozenset[str]
    """The same of the output embeddings (S, X), where they are a matrix of their own."""
    biases: tuple[str, ...]
    """Numbers of the head by token (S,); the one that the head adds is the first."""
    others: Mapping[str, int] = field(default_factory=dict)
    """Further tables by name, with their axis of tokens."""


def token_tables(model: Any) -> TokenTables:
    """The parameters of a Hugging Face model that have an axis of tokens.

    Raises:
        InputError: one of them is not a table of one row (or column) a token.
    """
    axes = _axes(model)
    parameters = every_parameter(model)
    matrix = rows_of(model.get_input_embeddings())
    head = output_embeddings(model)
    embeddings = {name for name in axes if parameters[name] is matrix}
    output = set()
    if head is not None:
        output = {name for name in axes if parameters[name] is rows_of(head)} - embeddings
    biases = [name for name in axes if parameters[name].dim() == 1]
    # False sorts before True, so the bias of the layer over the vocabulary comes first.
    biases.sort(key=lambda name: parameters[name] is not getattr(head, "bias", None))
    known = embeddings | output | set(biases)
    others = {name: axis for name, axis in axes.items() if name not in known}
    return TokenTables(frozenset(embeddings), frozenset(output), tuple(biases), others)


def rows_of(layer: Any) -> nn.Parameter:
    """The parameter of an embedding or of a head that has a row a token (S, X).

    That of a factorized layer is its coordinates: the primitives, which all tokens share, belong to
    no token, and the matrix that both make is computed.
    """
    rows: nn.Parameter = getattr(layer, "coordinates", layer).weight
    return rows


def every_parameter(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters by all their names: a tied one is there under each of its names."""
    return dict(model.named_parameters(remove_duplicate=False))


def output_embeddings(model: Any) -> Any:
    """The layer over the vocabulary; None where the model has none.

    DeBERTa's second kind of head multiplies with the input embeddings itself, and names another
    layer for it.
    """
    head = model.get_output_embeddings()
    if head is None or len(rows_of(head)) != len(rows_of(model.get_input_embeddings())):
        return None
    return head


def blank_model(like: Any, config: Any) -> Any:
    """A model of the class of `like` with this configuration, whose weights are not yet set."""
    with no_init_weights():
        model = type(like)._from_config(config, dtype=like.dtype)
    model.tie_weights()  # a part of the initialization that is left out
    return model.train(like.training)


def resize_vocabulary(config: Any, size_of: Callable[[int], int]) -> None:
    """Set the sizes of the vocabulary in a configuration: new from old.

    Gemma 3n counts the rows of its per-layer embeddings apart.
    """
    text = config.get_text_config()
    sizes = {name: getattr(text, name) for name in ("vocab_size", *vars(text)) if _is_size(name)}
    for name, size in sizes.items():
        if isinstance(size, int):
            setattr(text, name, size_of(size))


def _is_size(name: str) -> bool:
    return name.startswith("vocab_size")


def _axes(model: Any) -> dict[str, int]:
    """The axis of tokens of each parameter that has one, by each of its names."""
    own, larger = _shapes(model, 0), _shapes(model, _MORE)
    axes = {}
    for name, shape in own.items():
        if shape == larger.get(name):
            continue
        grown = [b - a for a, b in zip(shape, larger.get(name, ()), strict=False)]
        # Allowed: one axis has grown, by one row for each new token, and no other has changed.
        if sorted(grown) != sorted([_MORE] + [0] * (len(shape) - 1)):
            raise InputError(
                f"{name} of this {model.config.model_type} depends on the vocabulary's size, but "
                "has not one row a token: lingraft cannot give it another vocabulary"
            )
        axes[name] = grown.index(_MORE)
    return axes


def _shapes(model: Any, more: int) -> dict[str, tuple[int, ...]]:
    config = copy.deepcopy(model.config)
    resize_vocabulary(config, lambda size: size + more)
    # Tensors on this device have shapes and no memory.
    with torch.device("meta"):
        blank = blank_model(model, config)
    return {name: tuple(parameter.shape) for name, parameter in every_parameter(blank).items()}
