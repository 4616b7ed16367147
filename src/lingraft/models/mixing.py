"""A model takes back layers and rows of the model that it was before it was trained.

Yamaguchi et al. 2025 do so for chat models whose vocabulary was extended: the lowest and highest
layers go part of the way back along the arc, and special tokens get their rows again.

Shapes: V rows of a vocabulary.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lingraft.errors import ConfigError, InputError
from lingraft.models.layers import chosen_layers, transformer_layers
from lingraft.models.token_tables import every_parameter, token_tables
from lingraft.numeric.arc import slerp


def mix_layers(model: Any, source: Any, rates: Mapping[int, float]) -> dict[str, float]:
    """Move the weights of layers along the arc to those of another model, each tensor for itself.

    At the rate 0 a layer keeps every bit, at 1 it is the other model's.

    Args:
        model: changed in place.
        source: a model with the same layers.
        rates: number of the layer, from 0 on or from -1 down -> the rate.

    Returns:
        The angle in radians between the two tensors, by name of parameter.

    Raises:
        ConfigError: a layer does not exist, is named twice, or is another one in the source.
    """
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    angles = {}
    for pairs, rate in zip(_paired(model, source, list(rates)), rates.values(), strict=True):
        for parameter, other in pairs:
            point, angle = slerp(parameter, other.detach(), rate)
            with torch.no_grad():
                parameter.copy_(point)
            angles[names[id(parameter)]] = angle
    return angles


def require_same_layers(model: Any, source: Any, numbers: Sequence[int]) -> None:
    """Refuse models whose layers cannot be mixed; their weights may be without memory.

    Args:
        model: what would be mixed.
        source: the other model.
        numbers: the layers, from 0 on or from -1 down.

    Raises:
        ConfigError: a layer does not exist, is named twice, or is another one in the source.
    """
    _paired(model, source, numbers)


def _paired(
    model: Any, source: Any, numbers: Sequence[int]
) -> list[list[tuple[nn.Parameter, nn.Parameter]]]:
    """The weights of each chosen layer with those of the other model."""
    depth, other_depth = (len(transformer_layers(one)) for one in (model, source))
    own = chosen_layers(model, numbers)
    if depth != other_depth:
        raise ConfigError(f"the source has {other_depth} layers, and the trained model {depth}")
    others = chosen_layers(source, numbers)
    if len({id(layer) for layer in own}) < len(own):
        raise ConfigError(
            f"layers: {', '.join(map(str, numbers))} name a layer twice in this model, which has "
            f"{depth}"
        )
    found = []
    for number, layer, other in zip(numbers, own, others, strict=True):
        mine, theirs = dict(layer.named_parameters()), dict(other.named_parameters())
        for name in sorted(mine.keys() | theirs.keys()):
            here, there = (
                str(tuple(one[name].shape)) if name in one else "missing" for one in (mine, theirs)
            )
            if here != there:
                raise ConfigError(
                    f"layer {number} of the source is another one: {name} is {there} there, and "
                    f"{here} in the trained model"
                )
        found.append([(parameter, theirs[name]) for name, parameter in mine.items()])
    return found


def restore_rows(model: Any, source: Any, places: Mapping[int, int]) -> None:
    """Give tokens the rows that they have in another model: in every table by token.

    A bias of the head counts as a table. What the other model has as one matrix (tied embeddings)
    is both of this model's matrices.

    Args:
        model: changed in place.
        source: the other model.
        places: row in this model -> row in the other one.

    Raises:
        InputError: the tables of the models are not alike, or only this model's are tied.
    """
    tables = token_tables(model)
    by_row = (*sorted(tables.embeddings), *sorted(tables.output), *tables.biases)
    axes = {**dict.fromkeys(by_row, 0), **tables.others}
    own, theirs = every_parameter(model), every_parameter(source)
    ids, ids_of_source = (torch.tensor(list(part)) for part in (places, places.values()))
    written: dict[int, Tensor] = {}
    for name, axis in axes.items():
        parameter = own[name]
        if name not in theirs or _row_shape(parameter, axis) != _row_shape(theirs[name], axis):
            raise InputError(f"the source has no table like {name}, so no rows to give back")
        rows = theirs[name].detach().index_select(axis, ids_of_source).to(parameter.dtype)
        if not torch.equal(written.setdefault(id(parameter), rows), rows):
            raise InputError(
                "the model has one matrix for embeddings and head, and its source has two; write "
                "special_tokens: false"
            )
        with torch.no_grad():
            parameter.index_copy_(axis, ids, rows)


def _row_shape(table: Tensor, axis: int) -> tuple[int, ...]:
    return tuple(table.shape[:axis] + table.shape[axis + 1 :])
