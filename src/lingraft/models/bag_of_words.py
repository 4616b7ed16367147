"""The loss of DupMAE on bags of words: a row's other tokens together predict which tokens it has.

Every token of a row predicts the vocabulary; of each entry the highest logit counts, and the
softmax of these is compared with the counts of the row's tokens. Liu, Xiao and Shao 2022,
"RetroMAE v2: Duplex Masked Auto-Encoder", section 3. The weights of a bag sum to 1: a token that
is there twice counts twice. (The code that was published with the paper counts it once, and its
weights then sum to less.)

As in `cross_entropy` the gradients are made together with the loss, so that the logits (N, L, V)
never exist at once.

Shapes: N rows, L tokens of a row, H width of the hidden states, V vocabulary, C entries of a chunk,
B tokens of all bags.
"""

import math
from typing import Any

import torch
from torch import Tensor

_CHUNK_LOGITS = 1 << 25  # fp32 logits of a chunk: 128 MiB


def bags_of_words(ids_NL: Tensor, places_B: Tensor, entries: int) -> Tensor:
    """The share (N, V) of each entry of the vocabulary among some tokens of a row, in fp32.

    Args:
        ids_NL: token ids.
        places_B: which tokens are in the bags: row * L + place.
        entries: of the vocabulary.
    """
    rows, length = ids_NL.shape
    # Sums of ones are exact in any order, so a GPU may add them up as it likes.
    counts = torch.zeros(rows * entries, device=ids_NL.device)
    cells_B = places_B // length * entries + ids_NL.flatten()[places_B]
    counts.scatter_add_(0, cells_B, torch.ones_like(cells_B, dtype=counts.dtype))
    counts_NV = counts.view(rows, entries)
    return counts_NV / counts_NV.sum(1, keepdim=True).clamp(min=1.0)


def bag_of_words_loss(
    hidden_NLH: Tensor,
    weight_VH: Tensor,
    bias_V: Tensor | None,
    pooled_NL: Tensor,
    bags_NV: Tensor,
) -> Tensor:
    """Sum over rows of the cross-entropy of bags and pooled predictions, in fp32.

    Args:
        hidden_NLH: what the last linear layer is given, any floating type.
        weight_VH: output embeddings, same type.
        bias_V: output bias, or None.
        pooled_NL: tokens that predict, at least one in each row; bool.
        bags_NV: weights of the right entries; a row of zeros costs nothing.
    """
    apply: Any = _BagOfWordsLoss.apply
    result: Tensor = apply(hidden_NLH, weight_VH, bias_V, pooled_NL, bags_NV)
    return result


class _BagOfWordsLoss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden_NLH: Tensor,
        weight_VH: Tensor,
        bias_V: Tensor | None,
        pooled_NL: Tensor,
        bags_NV: Tensor,
    ) -> Tensor:
        wanted = ctx.needs_input_grad[:3]
        gradients = [
            torch.zeros_like(tensor) if needed and tensor is not None else None
            for tensor, needed in zip((hidden_NLH, weight_VH, bias_V), wanted, strict=True)
        ]
        loss = hidden_NLH.new_zeros((), dtype=torch.float32)
        for row, hidden_LH in enumerate(hidden_NLH):
            highest_V, places_V = _pool(hidden_LH, weight_VH, bias_V, pooled_NL[row])
            logs_V = highest_V.log_softmax(0)
            loss -= bags_NV[row] @ logs_V
            slopes_V = logs_V.exp() * bags_NV[row].sum() - bags_NV[row]
            of_row = [gradients[0] if gradients[0] is None else gradients[0][row], *gradients[1:]]
            _accumulate(of_row, slopes_V.to(hidden_LH.dtype), places_V, hidden_LH, weight_VH)
        ctx.save_for_backward(*gradients)
        return loss

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor | None, ...]:
        gradients = ctx.saved_tensors
        # In place, because each gradient is as large as its matrix; a loss has one backward pass.
        return (*(g if g is None else g.mul_(scale.to(g.dtype)) for g in gradients), None, None)


def _pool(
    hidden_LH: Tensor, weight_VH: Tensor, bias_V: Tensor | None, pooled_L: Tensor
) -> tuple[Tensor, Tensor]:
    """The highest logit of each entry in a row (V,), and at which place it is (V,)."""
    found = []
    for part in _parts(hidden_LH, weight_VH):
        bias_C = None if bias_V is None else bias_V[part]
        logits_LC = torch.nn.functional.linear(hidden_LH, weight_VH[part], bias_C).float()
        found.append(logits_LC.masked_fill_(~pooled_L[:, None], -math.inf).max(0))
    return torch.cat([part.values for part in found]), torch.cat([part.indices for part in found])


def _accumulate(
    gradients: list[Tensor | None],
    slopes_V: Tensor,
    places_V: Tensor,
    hidden_LH: Tensor,
    weight_VH: Tensor,
) -> None:
    hidden_gradient, weight_gradient, bias_gradient = gradients
    for part in _parts(hidden_LH, weight_VH):
        slopes_C, places_C = slopes_V[part], places_V[part]
        if hidden_gradient is not None:
            # A product with a matrix of mostly zeros: `index_add_` would add in any order on a GPU.
            spread_LC = slopes_C.new_zeros(len(hidden_LH), len(slopes_C))
            spread_LC.scatter_(0, places_C[None], slopes_C[None])
            hidden_gradient.addmm_(spread_LC, weight_VH[part])
        if weight_gradient is not None:
            weight_gradient[part].addcmul_(slopes_C[:, None], hidden_LH[places_C])
    if bias_gradient is not None:
        bias_gradient += slopes_V


def _parts(hidden_LH: Tensor, weight_VH: Tensor) -> list[slice]:
    """The vocabulary in chunks, so that the logits of a row are not too many."""
    size = max(1, _CHUNK_LOGITS // len(hidden_LH))
    return [slice(begin, begin + size) for begin in range(0, len(weight_VH), size)]
