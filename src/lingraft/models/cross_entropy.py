"""Cross-entropy of a linear output layer without ever holding all its logits.

Rows are worked on in chunks; the gradients are made together with the loss, so that no logits are
kept for the backward pass nor computed twice. The result is the plain cross-entropy, exactly: no
small gradient is dropped, because rare new tokens learn from small gradients. Wijmans et al. 2025
("Cut Your Losses") drop them.

Shapes: P predictions, H width of the hidden states, V vocabulary, C predictions of a chunk.
"""

from typing import Any

import torch
from torch import Tensor

_CHUNK_LOGITS = 1 << 25  # fp32 logits of a chunk: 128 MiB


def linear_cross_entropy(
    hidden_PH: Tensor,
    weight_VH: Tensor,
    bias_V: Tensor | None,
    targets_P: Tensor,
    cap: float | None = None,
) -> Tensor:
    """Sum over predictions of -log softmax(hidden @ weight.T + bias)[target], in fp32.

    Args:
        hidden_PH: hidden states, any floating type.
        weight_VH: output embeddings, same type.
        bias_V: output bias, or None.
        targets_P: int64 ids.
        cap: bends each logit z to cap * tanh(z / cap), as Gemma 2 does.

    Returns:
        A scalar, fp32 (0 without predictions).
    """
    apply: Any = _LinearCrossEntropy.apply
    result: Tensor = apply(hidden_PH, weight_VH, bias_V, targets_P, cap)
    return result


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden_PH: Tensor,
        weight_VH: Tensor,
        bias_V: Tensor | None,
        targets_P: Tensor,
        cap: float | None,
    ) -> Tensor:
        wanted = ctx.needs_input_grad[:3]
        gradients = [
            torch.zeros_like(tensor) if needed and tensor is not None else None
            for tensor, needed in zip((hidden_PH, weight_VH, bias_V), wanted, strict=True)
        ]
        loss = hidden_PH.new_zeros((), dtype=torch.float32)
        size = max(1, _CHUNK_LOGITS // weight_VH.shape[0])
        for begin in range(0, len(hidden_PH), size):
            part = slice(begin, begin + size)
            # In fp32, because a sum over a large vocabulary loses its small terms in bf16.
            logits_CV = torch.nn.functional.linear(hidden_PH[part], weight_VH, bias_V).float()
            bends_CV = None if cap is None else _bend(logits_CV, cap, any(wanted))
            loss += _loss_and_gradient(logits_CV, targets_P[part], any(wanted))
            if bends_CV is not None:
                logits_CV.mul_(bends_CV)
            # The logits are their own gradient by now; that was done in place.
            _accumulate(gradients, logits_CV.to(hidden_PH.dtype), hidden_PH, weight_VH, part)
        ctx.save_for_backward(*gradients)
        return loss

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor | None, ...]:
        gradients = ctx.saved_tensors
        # In place, because each gradient is as large as its matrix; a loss has one backward pass.
        return (*(g if g is None else g.mul_(scale.to(g.dtype)) for g in gradients), None, None)


def _bend(logits_CV: Tensor, cap: float, with_gradient: bool) -> Tensor | None:
    """Bend logits in place; the slope of each, 1 - tanh(z / cap)**2, where a gradient is wanted."""
    logits_CV.div_(cap).tanh_()
    slopes_CV = 1 - logits_CV.square() if with_gradient else None
    logits_CV.mul_(cap)
    return slopes_CV


def _loss_and_gradient(logits_CV: Tensor, targets_C: Tensor, with_gradient: bool) -> Tensor:
    """The summed loss; turns the logits into their gradient (softmax - one-hot) in place."""
    columns_C1 = targets_C[:, None]
    # `gather` copies, so the changes in place below do not reach these numbers.
    chosen_C1 = logits_CV.gather(1, columns_C1)
    normalizers_C1 = logits_CV.logsumexp(1, keepdim=True)
    if with_gradient:
        logits_CV.sub_(normalizers_C1).exp_()
        logits_CV.scatter_add_(1, columns_C1, torch.full_like(chosen_C1, -1.0))
    return (normalizers_C1 - chosen_C1).sum()


def _accumulate(
    gradients: list[Tensor | None],
    slopes_CV: Tensor,
    hidden_PH: Tensor,
    weight_VH: Tensor,
    part: slice,
) -> None:
    hidden_gradient, weight_gradient, bias_gradient = gradients
    if hidden_gradient is not None:
        hidden_gradient[part] = slopes_CV @ weight_VH
    if weight_gradient is not None:
        # `addmm_` adds the product into the sum, without another matrix (V, H).
        weight_gradient.addmm_(slopes_CV.T, hidden_PH[part])
    if bias_gradient is not None:
        bias_gradient += slopes_CV.sum(0)
