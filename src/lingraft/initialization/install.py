"""Put initialized matrices into a model: rows, ties, bias, ids, positions.

Shapes: T target rows, D dimensions, P positions.
"""

from typing import Any

import numpy as np
import torch
from torch import nn

from lingraft.errors import InputError
from lingraft.initialization.initialize import Result
from lingraft.tokenizers.token_table import ROLES, TokenTable


def install(model: Any, result: Result, target: TokenTable) -> Any:
    """Give `model` the target's vocabulary and return it, changed in place.

    With factorized embeddings the model returned is another one (`models.factorized`), which
    shares everything but the embeddings with the model given.

    Raises:
        InputError: the target tokenizer lacks a token that the architecture needs.
    """
    old_padding = model.config.get_text_config().pad_token_id
    rows = len(result.embeddings_TD)
    model.resize_token_embeddings(rows, mean_resizing=False)
    _set_ids(model, target, rows)
    _move_positions(model, old_padding, model.config.get_text_config().pad_token_id)
    if result.primitives_RD is not None:
        from lingraft.models.factorized import factorize_model

        model = factorize_model(model, result.embeddings_TD, result.primitives_RD)
    else:
        _write(model.get_input_embeddings().weight, result.embeddings_TD)
        if result.output_TD is not None:
            _write(model.get_output_embeddings().weight, result.output_TD)
    if result.bias_T is not None:
        _write(output_bias(model), result.bias_T)
    model.tie_weights()
    return model


def read_matrices(model: Any) -> tuple[Any, Any, Any]:
    """Input embeddings (S, D), output embeddings (S, D) if untied, bias (S,) if any; float32."""
    weight = model.get_input_embeddings().weight
    output = model.get_output_embeddings()
    is_tied = output is None or output.weight.data_ptr() == weight.data_ptr()
    bias = None if output is None else output_bias(model)
    return (
        _as_array(weight),
        None if is_tied else _as_array(output.weight),
        None if bias is None else _as_array(bias),
    )


def output_bias(model: Any) -> nn.Parameter | None:
    """The bias of the output embeddings, one number a token; None where there is none."""
    bias = getattr(model.get_output_embeddings(), "bias", None)
    return bias if isinstance(bias, nn.Parameter) else None


def _as_array(parameter: torch.Tensor) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = parameter.detach().float().cpu().numpy()
    return array


def _write(parameter: Any, values: Any) -> None:
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(values)))


# Rules of generation that name tokens by id, none of which the target vocabulary has there.
_RULES_BY_ID = (
    "forced_bos_token_id",
    "forced_eos_token_id",
    "suppress_tokens",
    "begin_suppress_tokens",
    "bad_words_ids",
    "sequence_bias",
)


def _set_ids(model: Any, target: TokenTable, rows: int) -> None:
    """Point every `*_token_id` of the configurations at the target's token of that role."""
    for config in _configurations(model):
        for role in ROLES:
            name = f"{role}_token_id"
            if hasattr(config, name):
                setattr(config, name, target.id_of_role(role))
        if getattr(config, "decoder_start_token_id", None) is not None:
            config.decoder_start_token_id = target.id_of_role("bos")
        for name in _RULES_BY_ID:
            if getattr(config, name, None) is not None:
                setattr(config, name, None)
    model.config.get_text_config().vocab_size = rows
    embedding = model.get_input_embeddings()
    if embedding.padding_idx is not None:
        embedding.padding_idx = target.roles.get("pad")


def _configurations(model: Any) -> list[Any]:
    text = model.config.get_text_config()
    found = [model.config] if text is model.config else [model.config, text]
    generation = getattr(model, "generation_config", None)
    return found if generation is None else [*found, generation]


def _move_positions(model: Any, old: int | None, new: int | None) -> None:
    """RoBERTa counts positions from the padding id: move the table where that id moves."""
    for module in model.modules():
        table = getattr(module, "position_embeddings", None)
        if not isinstance(table, nn.Embedding) or table.padding_idx is None:
            continue
        if new is None:
            raise InputError(
                f"the target tokenizer has no pad token, which a {model.config.model_type} needs"
            )
        assert old is not None  # noqa: S101 - the table has a padding row
        _shift(table, old, new)
        model.config.get_text_config().max_position_embeddings = table.num_embeddings
        module.padding_idx = new
        _renew_position_buffers(module, table.num_embeddings)


def _shift(table: nn.Embedding, old: int, new: int) -> None:
    weight_PD = table.weight.data
    moved_PD = weight_PD.new_zeros((len(weight_PD) + new - old, weight_PD.shape[1]))
    moved_PD[new:] = weight_PD[old:]
    table.weight = nn.Parameter(moved_PD)
    table.num_embeddings, table.padding_idx = len(moved_PD), new


def _renew_position_buffers(module: nn.Module, positions: int) -> None:
    if getattr(module, "position_ids", None) is not None:
        module.register_buffer("position_ids", torch.arange(positions)[None], persistent=False)
    if getattr(module, "token_type_ids", None) is not None:
        zeros = torch.zeros((1, positions), dtype=torch.long)
        module.register_buffer("token_type_ids", zeros, persistent=False)
