"""The normalization before a head's last linear layer, whose weights scale all logits.

In most models the output matrix is the embedding matrix, so its rows cannot be scaled without
changing what the model reads. But the layer before it is a normalization with weights of its own
(BERT's `cls.predictions.transform.LayerNorm`, RoBERTa's `lm_head.layer_norm`, GPT-2's `ln_f`).
Scaling these scales the logits, and neither the body's states nor, for decoders, their cosines
change.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lingraft.models.heads import without_cache

_IDS = 4  # tokens of the text on which a scaled head is compared with the head as it was
_TOLERANCE = 1e-3  # of the largest logit: weights may be bfloat16


@torch.no_grad()
def scale_head(model: Any, factor: float) -> bool:
    """Multiply the logits, less the bias, by a factor; False, and no change, where this fails.

    Args:
        model: with its head, in evaluation mode.
        factor: of the logits.
    """
    norm = _norm_before_output(model)
    if norm is None:
        return False
    expected = factor * _biasless(model)
    kept = {name: value.clone() for name, value in norm.named_parameters()}
    # Gemma's normalization multiplies by 1 + weight, all others by the weight.
    for shift in (0.0, 1.0):
        for name, value in norm.named_parameters():
            offset = shift if name == "weight" else 0.0
            value.copy_((kept[name].float() + offset) * factor - offset)
        error = (_biasless(model) - expected).abs().max()
        if error <= _TOLERANCE * expected.abs().max():
            return True
    for name, value in norm.named_parameters():
        value.copy_(kept[name])
    return False


def _norm_before_output(model: Any) -> nn.Module | None:
    """The module whose output the last linear layer reads, where its weights are one vector."""
    outputs: list[tuple[nn.Module, Tensor]] = []
    read: list[Tensor] = []

    def keep(module: nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor):
            outputs.append((module, output))

    with _hooks(model, keep, read):
        _logits(model)
    if not read:
        return None
    # A decoder cuts the states it needs out of all states: another tensor of the same memory.
    place = read[-1].untyped_storage().data_ptr()
    makers = [each for each, made in outputs if made.untyped_storage().data_ptr() == place]
    norms = [each for each in makers if _is_norm(each)]
    return norms[0] if norms else None


def _is_norm(module: nn.Module) -> bool:
    parameters = dict(module.named_parameters())
    return (
        bool(parameters)
        and set(parameters) <= {"weight", "bias"}
        and all(value.dim() == 1 for value in parameters.values())
    )


@contextmanager
def _hooks(model: Any, keep: Any, read: list[Tensor]) -> Iterator[None]:
    output = model.get_output_embeddings()
    handles = [
        module.register_forward_hook(keep)
        for module in model.modules()
        if not len([*module.children()])
    ]
    if output is not None:
        handles.append(output.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0])))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _biasless(model: Any) -> Tensor:
    logits = _logits(model).float()
    bias = getattr(model.get_output_embeddings(), "bias", None)
    return logits if bias is None else logits - bias.float()


def _logits(model: Any) -> Tensor:
    ids = torch.arange(_IDS, device=model.device)[None]
    logits: Tensor = model(input_ids=ids, **without_cache(model)).logits
    return logits
