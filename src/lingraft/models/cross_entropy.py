"""Cross-entropy of a linear output layer without ever holding all its logits.

Rows are worked on in chunks; the gradients are made together with the loss, so that no logits are
kept for the backward pass nor computed twice. The result is the plain cross-entropy, exactly: no
small gradient is dropped, because rare new tokens learn from small gradients. Wijmans et al. 2025
("Cut Your Losses") drop them.

A GPU with Triton has a kernel for what is done to a chunk (`models.softmax_kernel`).

Shapes: P predictions, H width of the hidden states, V vocabulary, C predictions of a chunk, W rows
of the matrix as it is multiplied: V, filled up to whole tiles where there is a kernel.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lingraft.models.kernels import runs_kernels

_CHUNK_LOGITS = 1 << 25  # fp32 logits of a chunk: 128 MiB
_KERNEL_LOGITS = 1 << 27  # bf16 logits of a chunk: 256 MiB, and no copies of them
_TILE = 64  # rows

Kernel = Callable[[Tensor, Tensor, int, float | None, bool], Tensor]


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
    kind = hidden_PH.device.type
    if torch.is_autocast_enabled(kind):
        # autocast chooses a type for each operation, and the sums of the gradients have one.
        chosen = torch.get_autocast_dtype(kind)
        hidden_PH, weight_VH = hidden_PH.to(chosen), weight_VH.to(chosen)
        bias_V = None if bias_V is None else bias_V.to(chosen)
    with torch.autocast(kind, enabled=False):
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
        tokens, kernel = len(weight_VH), _kernel(hidden_PH.device)
        # Matrices whose rows do not fill tiles take slow kernels, so a GPU gets zeros after them.
        width = -(-tokens // _TILE) * _TILE if kernel else tokens
        weight_WH = _filled(weight_VH, width)
        bias_W = None if bias_V is None else _filled(bias_V, width)
        gradients = [
            torch.zeros_like(tensor) if needed and tensor is not None else None
            for tensor, needed in zip((hidden_PH, weight_WH, bias_W), wanted, strict=True)
        ]
        loss = hidden_PH.new_zeros((), dtype=torch.float32)
        size = max(1, (_KERNEL_LOGITS if kernel else _CHUNK_LOGITS) // width)
        for begin in range(0, len(hidden_PH), size):
            part = slice(begin, begin + size)
            logits_CW = torch.nn.functional.linear(hidden_PH[part], weight_WH, bias_W)
            if kernel is None:
                summed, logits_CW = _loss_and_slopes(logits_CW, targets_P[part], cap, any(wanted))
            else:
                summed = kernel(logits_CW, targets_P[part], tokens, cap, any(wanted))
            loss += summed
            # The logits are their own gradient by now; that was done in place.
            _accumulate(gradients, logits_CW, hidden_PH, weight_WH, part)
        hidden_gradient, *others = gradients
        own = [None if gradient is None else gradient[:tokens] for gradient in others]
        ctx.save_for_backward(hidden_gradient, *own)
        return loss

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor | None, ...]:
        gradients = ctx.saved_tensors
        # In place, because each gradient is as large as its matrix; a loss has one backward pass.
        return (*(g if g is None else g.mul_(scale.to(g.dtype)) for g in gradients), None, None)


def _kernel(device: torch.device) -> Kernel | None:
    """The fused kernel of devices that have one."""
    if not runs_kernels(device):
        return None
    from lingraft.models.softmax_kernel import loss_and_slopes

    return loss_and_slopes


def _filled(tensor: Tensor, rows: int) -> Tensor:
    """With zeros after its rows; itself where none are missing."""
    if len(tensor) == rows:
        return tensor
    return torch.cat([tensor, tensor.new_zeros(rows - len(tensor), *tensor.shape[1:])])


def _loss_and_slopes(
    logits_CV: Tensor, targets_C: Tensor, cap: float | None, with_slopes: bool
) -> tuple[Tensor, Tensor]:
    """The summed loss, and its gradient over the logits (softmax - one-hot) in their type."""
    # In fp32, because a sum over a large vocabulary loses its small terms in bf16.
    bent_CV = logits_CV.float()
    slopes_CV = None if cap is None else _bend(bent_CV, cap, with_slopes)
    columns_C1 = targets_C[:, None]
    # `gather` copies, so the changes in place below do not reach these numbers.
    chosen_C1 = bent_CV.gather(1, columns_C1)
    normalizers_C1 = bent_CV.logsumexp(1, keepdim=True)
    if with_slopes:
        bent_CV.sub_(normalizers_C1).exp_()
        bent_CV.scatter_add_(1, columns_C1, torch.full_like(chosen_C1, -1.0))
    if slopes_CV is not None:
        bent_CV.mul_(slopes_CV)
    return (normalizers_C1 - chosen_C1).sum(), bent_CV.to(logits_CV.dtype)


def _bend(logits_CV: Tensor, cap: float, with_slopes: bool) -> Tensor | None:
    """Bend logits in place; the slope of each, 1 - tanh(z / cap)**2, where a gradient is wanted."""
    logits_CV.div_(cap).tanh_()
    slopes_CV = 1 - logits_CV.square() if with_slopes else None
    logits_CV.mul_(cap)
    return slopes_CV


def _accumulate(
    gradients: list[Tensor | None],
    slopes_CW: Tensor,
    hidden_PH: Tensor,
    weight_WH: Tensor,
    part: slice,
) -> None:
    hidden_gradient, weight_gradient, bias_gradient = gradients
    if hidden_gradient is not None:
        hidden_gradient[part] = slopes_CW @ weight_WH
    if weight_gradient is not None:
        # `addmm_` adds the product into the sum, without another matrix (W, H).
        weight_gradient.addmm_(slopes_CW.T, hidden_PH[part])
    if bias_gradient is not None:
        bias_gradient += slopes_CW.sum(0)
