"""Which parameters a stage trains, and which rows of the tables by token.

Shapes: V rows of the vocabulary.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lingraft.config.pretraining import Pretraining
from lingraft.config.training_stages import Stage
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.report import read_new_rows
from lingraft.models.enhanced_decoder import decoder_parameters
from lingraft.models.future_heads import future_parameters
from lingraft.models.heads import embedding_parameters, head_parameters
from lingraft.models.layers import chosen_layers
from lingraft.models.lora import adapter_parameters


def select(model: Any, stage: Stage) -> dict[str, nn.Parameter]:
    """Freeze what a stage leaves alone and return the rest by name, each parameter once.

    Raises:
        ConfigError: nothing would be trained, or the stage names a layer that does not exist.
    """
    wanted = _wanted(model, stage)
    for parameter in model.parameters():
        # Identities, not names: a tied parameter is one object with several names.
        parameter.requires_grad_(id(parameter) in wanted)
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if not trained:
        raise ConfigError(
            f"train: {stage.train} leaves nothing to train in this model; write train: embeddings "
            "or all"
        )
    return trained


def trainable(model: Any, recipe: Pretraining) -> set[str]:
    """Names of the parameters that some stage trains; the others stay those of the source."""
    wanted = set().union(*(_wanted(model, stage) for stage in recipe.all_stages))
    return {name for name, p in model.named_parameters() if id(p) in wanted}


def added_parameters(model: Any) -> set[int]:
    """Identities of the parameters of what is part of a model only while it is trained.

    No stage that learns from the text leaves them as they begin; low-rank updates, which a stage
    may leave, are not counted.
    """
    return decoder_parameters(model) | future_parameters(model)


def _wanted(model: Any, stage: Stage) -> set[int]:
    # Heads of further tokens have no part in the losses of a stage with a teacher.
    idle = set() if stage.distillation is None else added_parameters(model)
    return _named(model, stage) - idle


def _named(model: Any, stage: Stage) -> set[int]:
    added = added_parameters(model)
    embeddings = embedding_parameters(model)
    match stage.train:
        case "embeddings":
            return embeddings | added
        case "new-rows":
            return _by_token(model) | added
        case "head":
            return head_parameters(model)  # with what is added, which is above the body
    above = embeddings | head_parameters(model)
    body = (adapter_parameters(model) or {id(p) for p in model.parameters()}) - above
    if stage.layers is not None:
        layers = chosen_layers(model, stage.layers)
        body &= {id(p) for layer in layers for p in layer.parameters()}
    return body | (added if stage.train == "body" else above)


def _by_token(model: Any) -> set[int]:
    """Identities of the parameters of the embeddings and the last layer with a row for a token."""
    modules = (model.get_input_embeddings(), model.get_output_embeddings())
    rows = model.config.get_text_config().vocab_size
    return {id(p) for m in modules if m is not None for p in m.parameters() if len(p) == rows}


def tables_by_token(model: Any) -> dict[str, nn.Parameter]:
    """The parameters of the embeddings and the last layer with a row for each token, by name."""
    tables = _by_token(model)
    return {name: p for name, p in model.named_parameters() if id(p) in tables}


def asks_for_new_rows(stage: Stage) -> bool:
    """Whether a stage must know which rows are new."""
    taught = stage.distillation
    asks = taught is not None and (taught.snippets is not None or "head" in taught.losses)
    return stage.train == "new-rows" or asks


def new_rows(folder: Path, rows: int) -> NDArray[np.bool_]:
    """Which rows of an initialized model are not copies of a row of its source (V,).

    Args:
        folder: of the model.
        rows: how many the model has.

    Raises:
        InputError: the folder does not say where its rows come from.
        ConfigError: there are no new rows.
    """
    found_V = read_new_rows(folder)
    if found_V is None or len(found_V) != rows:
        raise InputError(
            f"new rows: {folder} does not say where its rows come from (weights.npz, which "
            "an initialization writes); begin with an initialized model, or write train: embeddings"
        )
    if not found_V.any():
        raise ConfigError(
            f"new rows: {folder} has none, each row was copied from the source; write "
            "train: embeddings"
        )
    return found_V


def hold_old_rows(model: Any, new_V: NDArray[np.bool_]) -> None:
    """Give only new rows a gradient, in every table by token.

    Args:
        model: its tables get a hook.
        new_V: which rows are new.
    """
    old_V = torch.from_numpy(~new_V)
    tables = tables_by_token(model)
    hold(model, {name: old_V.view(-1, *[1] * (table.dim() - 1)) for name, table in tables.items()})


def hold(model: Any, held: Mapping[str, Tensor]) -> None:
    """Give a part of some parameters no gradient.

    What has no gradient has moments of zero, and without weight decay AdamW leaves it as it is, bit
    for bit.

    Args:
        model: its parameters get a hook.
        held: name of a parameter -> True where it is held, in a shape that can be broadcast.
    """
    for name, parameter in model.named_parameters():
        if name in held:
            parameter.register_hook(partial(_without, held[name]))


def _without(held: Tensor, gradient: Tensor) -> Tensor:
    return gradient.masked_fill(held.to(gradient.device), 0.0)
