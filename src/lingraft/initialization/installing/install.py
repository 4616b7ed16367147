"""Put initialized matrices into a model: rows, ties, bias, ids, positions.

The model that results is made anew from its configuration, as plain transformers makes it, and
takes over every weight that does not depend on the vocabulary: nothing of the old vocabulary can
stay behind in it.

Shapes: S source rows, T target rows, X numbers a token (D in the embeddings).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lingraft.errors import InputError
from lingraft.initialization.initialize import Initialized
from lingraft.initialization.installing.positions import Positions
from lingraft.initialization.installing.target_config import target_config, target_generation_config
from lingraft.models.ties import settle_ties
from lingraft.models.token_tables import (
    TokenTables,
    blank_model,
    every_parameter,
    rows_of,
    token_tables,
)
from lingraft.tokenizers.token_table import TokenTable


def install(model: Any, result: Initialized, target: TokenTable) -> Any:
    """A model with the target's vocabulary, which shares all other weights with `model`.

    Args:
        model: the source model, in memory.
        result: the matrices of the target's tokens.
        target: the target's tokens and roles.

    Raises:
        InputError: the target tokenizer lacks a token that the architecture needs, or the
            architecture cannot hold the target's vocabulary.
    """
    settle_ties(model)
    positions = Positions.of(model, target)
    config = target_config(model.config, target, len(result.embeddings_TD))
    positions.write_into(config)
    renewed = blank_model(model, config)
    positions.require_moved(renewed)
    state = _state(model, renewed, _values(token_tables(model), result), positions)
    renewed.load_state_dict(state, strict=True, assign=True)
    renewed.tie_weights()
    renewed.generation_config = target_generation_config(model, target)
    if result.primitives_RD is not None:
        from lingraft.models.factorized import factorize_model

        renewed = factorize_model(renewed, result.embeddings_TD, result.primitives_RD)
    return renewed


def read_matrices(model: Any) -> dict[str, Any]:
    """What a model has by token, float32, under the names that `Request` has for it.

    Of factorized embeddings these are the coordinates: since `W (C P) = (W C) P`, rows that W
    combines in them are combined in the embeddings, and copied ones keep every bit.

    Raises:
        InputError: a table of the model has not one row a token.
    """
    settle_ties(model)
    tables, parameters = token_tables(model), every_parameter(model)
    embeddings_SX = _as_array(rows_of(model.get_input_embeddings()))
    return {
        "embeddings_SD": embeddings_SX,
        "output_SD": _as_array(parameters[min(tables.output)]) if tables.output else None,
        "bias_S": _as_array(parameters[tables.biases[0]]) if tables.biases else None,
        "tables": {
            name: _rows(name, _as_array(parameters[name]), axis, len(embeddings_SX))
            for name, axis in tables.others.items()
        },
    }


def _rows(name: str, table: NDArray[Any], axis: int, rows: int) -> NDArray[Any]:
    """A further table with a row a token; tokens past its end read row 0, as in Gemma 3n."""
    # The axis of tokens first, and the other numbers of a token flat.
    table_SX = np.moveaxis(table, axis, 0).reshape(table.shape[axis], -1)
    if len(table_SX) > rows or (len(table_SX) < rows and "per_layer" not in name):
        raise InputError(f"{name} has {len(table_SX)} rows, the embeddings have {rows}")
    beyond_NX = np.repeat(table_SX[:1], rows - len(table_SX), axis=0)
    return np.concatenate([table_SX, beyond_NX])


def _values(tables: TokenTables, result: Initialized) -> dict[str, NDArray[Any]]:
    """The new content of every parameter with an axis of tokens, by name."""
    embeddings_TX = result.embeddings_TD
    if result.primitives_RD is not None:
        embeddings_TX = embeddings_TX @ result.primitives_RD
    output_TX = embeddings_TX if result.output_TD is None else result.output_TD
    bias_T = np.zeros(len(embeddings_TX)) if result.bias_T is None else result.bias_T
    values = dict.fromkeys(tables.embeddings, embeddings_TX)
    values |= dict.fromkeys(tables.output, output_TX)
    values |= {name: bias_T.copy() for name in tables.biases}  # shared memory would tie them
    for name, axis in tables.others.items():
        # Back to where the parameter has its axis of tokens.
        values[name] = np.moveaxis(result.tables[name], 0, axis)
    return values


def _state(
    model: Any, renewed: Any, values: Mapping[str, NDArray[Any]], positions: Positions
) -> dict[str, Tensor]:
    """Weights for the renewed model: new values, and the old tensors where their shapes agree."""
    state = {}
    old = model.state_dict()
    for name, blank in renewed.state_dict().items():
        if name in values:
            content = torch.from_numpy(np.ascontiguousarray(values[name]))
            # Matrices were read as float32; the parameter gets its own type again.
            state[name] = content.to(old[name].dtype)
        elif old[name].shape == blank.shape and not positions.holds(name):
            state[name] = old[name]
        else:
            state[name] = positions.fit(name, old[name], blank)
    return state


def _as_array(parameter: torch.Tensor) -> NDArray[Any]:
    array: NDArray[Any] = parameter.detach().float().cpu().numpy()
    return array
