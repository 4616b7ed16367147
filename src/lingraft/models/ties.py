"""Whether a model's output layer is its embedding: the weights decide, and the config says so."""

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor, nn

from lingraft.errors import InputError


def settle_ties(model: Any) -> None:
    """Let the weights decide whether the output layer is tied, and the configuration say so.

    Two different matrices under `tie_word_embeddings: true` are two; equal ones under `false` are
    one, if all that would be tied with them is equal too. Changed in place.
    """
    output, matrix = model.get_output_embeddings(), model.get_input_embeddings()
    if output is None or _is_settled(output, matrix):
        return
    says_tied = _says_tied(model)
    is_tied = output.weight is matrix.weight
    if says_tied and not is_tied:
        untie(model)
    elif not says_tied and is_tied:
        _say_tied(model, True)
    elif not says_tied and _are_equal(model):
        _say_tied(model, True)
        model.tie_weights()
    # transformers made this list before the tie changed, and `save_pretrained` relies on it.
    model.all_tied_weights_keys = model.get_expanded_tied_weights_keys(all_submodels=True)


def untie(model: Any) -> None:
    """Give the output layer numbers of its own, equal to those that it shared; changed in place.

    Saved and loaded again it stays so, unless the two are still equal.
    """
    output = model.get_output_embeddings()
    if output is None or _is_settled(output, model.get_input_embeddings()):
        return
    pairs = _pairs(model)
    _say_tied(model, False)
    for name, twin in pairs.items():
        parameter = model.get_parameter_or_buffer(name)
        if parameter is model.get_parameter_or_buffer(twin):  # a bias, from now on read as its own
            owner, _, last = name.rpartition(".")
            setattr(model.get_submodule(owner), last, nn.Parameter(parameter.detach().clone()))


def copy_tied_biases(model: Any, missing: Collection[str]) -> set[str]:
    """Give a bias that a file lacks the numbers of its twin, where the file has the twin.

    BERT's head has one bias under two names; old files have one of them, tied matrices or not.

    Returns:
        The names that are no longer missing.
    """
    filled = set()
    for name, twin in _pairs(model).items():
        for lacking, there in ((name, twin), (twin, name)):
            if lacking in missing and there not in missing:
                value = model.get_parameter_or_buffer(there)
                if value.dim() == 1:
                    with torch.no_grad():
                        model.get_parameter_or_buffer(lacking).copy_(value)
                    filled.add(lacking)
    return filled


def require_matrices(model: Any) -> None:
    """Refuse a head whose last layer does not have a row for each token.

    Raises:
        InputError: it has other rows than the embedding, or there is no such layer.
    """
    output, matrix = model.get_output_embeddings(), model.get_input_embeddings()
    kind = model.config.model_type
    if output is None:
        raise InputError(f"lingraft does not know the layer over the vocabulary of a {kind} model")
    if _is_settled(output, matrix):
        return
    rows, needed = len(output.weight), len(matrix.weight)
    if rows != needed:
        raise InputError(
            f"the last layer of this {kind} head has {rows} rows and the embedding {needed}; "
            "lingraft needs one for each token in both"
        )


def _is_settled(output: nn.Module, embedding: nn.Module) -> bool:
    """Whether the class decides: factorized embeddings are always tied, a byte path never is."""
    return hasattr(output, "coordinates") or hasattr(embedding, "network")


def _are_equal(model: Any) -> bool:
    pairs = _pairs(model)
    return bool(pairs) and all(
        _equal(model.get_parameter_or_buffer(name), model.get_parameter_or_buffer(twin))
        for name, twin in pairs.items()
    )


def _equal(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other)


def _pairs(model: Any) -> dict[str, str]:
    """What would be tied to what if the configuration said so, by parameter names."""
    before = _says_tied(model)
    _say_tied(model, True)
    try:
        # transformers names the pairs only while the configuration says that they are tied.
        found: dict[str, str] = model.get_expanded_tied_weights_keys(all_submodels=True)
    finally:
        _say_tied(model, before)
    return found


def _says_tied(model: Any) -> bool:
    return bool(getattr(model.config, "tie_word_embeddings", False))


def _say_tied(model: Any, value: bool) -> None:
    model.config.tie_word_embeddings = value
    text = model.config.get_text_config()
    if hasattr(text, "tie_word_embeddings"):
        text.tie_word_embeddings = value
