"""The layer before a head's output matrix, whose weights scale all logits.

In most models the output matrix is the embedding matrix, so its rows cannot be scaled without
changing what the model reads. But the layer before it has weights of its own, in most models those
of a normalization (BERT's `cls.predictions.transform.LayerNorm`, RoBERTa's `lm_head.layer_norm`,
GPT-2's `ln_f`). Scaling these scales the logits. What the body says before that layer stays, and
the states after it keep their directions.
"""

from collections import Counter
from typing import Any

import torch
from torch import Tensor, nn

from lingraft.models.heads import embedding_parameters, logit_cap, without_cache
from lingraft.models.token_tables import every_parameter

_IDS = 4  # tokens of the text on which a scaled head is compared with the head as it was
_LEAST_TOLERANCE = 1e-4  # of the largest logit; half precision needs more
_UNITS = 5  # in the last place


@torch.no_grad()
def scale_head(model: Any, factor: float, bias_V: Tensor | None) -> bool:
    """Multiply the logits, less the bias, by a factor; False, and no change, where this fails.

    The weights are replaced: a model that has the same tensors keeps them as they are.

    Args:
        model: with its head, in evaluation mode.
        factor: of the logits.
        bias_V: the bias of the head (V,), or None.
    """
    layer = _last_layer(model) if logit_cap(model) is None else None
    if layer is None:
        return False
    shift = 0.0 if bias_V is None else bias_V.float()
    before = _logits(model) - shift
    kept = {name: parameter.data for name, parameter in layer.named_parameters()}
    allowed = max(_LEAST_TOLERANCE, _UNITS * torch.finfo(model.dtype).eps) * factor

    def error_with(offset: float) -> float:
        for name, parameter in layer.named_parameters():
            own = offset if name == "weight" else 0.0
            scaled = (kept[name].float() + own) * factor - own
            parameter.data = scaled.to(kept[name].dtype)
        error = (_logits(model) - shift - factor * before).abs().max() / before.abs().max()
        return float(error.nan_to_num(nan=torch.inf))

    # Gemma's normalization multiplies by 1 + weight, all others by the weight.
    best = min((0.0, 1.0), key=error_with)
    if error_with(best) <= allowed:
        return True
    for name, parameter in layer.named_parameters():
        parameter.data = kept[name]
    return False


def _last_layer(model: Any) -> nn.Module | None:
    """The last module before the output matrix that has weights, if it is used for this alone."""
    runs: list[nn.Module] = []
    taken = embedding_parameters(model)
    handles = [
        module.register_forward_hook(lambda ran, *_: runs.append(ran))
        for module in model.modules()
        if not [*module.children()] and _has_own(module, taken)
    ]
    try:
        _logits(model)
    finally:
        for handle in handles:
            handle.remove()
    if not runs:
        return None
    names = Counter(id(parameter) for parameter in every_parameter(model).values())
    is_used_once = Counter(runs)[runs[-1]] == 1
    is_shared = any(names[id(parameter)] > 1 for parameter in runs[-1].parameters())
    return runs[-1] if is_used_once and not is_shared else None


def _has_own(module: nn.Module, taken: set[int]) -> bool:
    """Whether a module has a weight, and nothing of the embeddings."""
    parameters = dict(module.named_parameters())
    return "weight" in parameters and not taken & set(map(id, parameters.values()))


def _logits(model: Any) -> Tensor:
    """Of a short text, float32."""
    ids = torch.arange(_IDS, device=model.device)[None]
    logits: Tensor = model(input_ids=ids, **without_cache(model)).logits
    return logits.float()
