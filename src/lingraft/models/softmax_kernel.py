"""The cross-entropy of logits and its gradient as one Triton kernel, for CUDA devices.

PyTorch reads and writes a chunk of logits about ten times for this, partly in fp32. The kernel
reads the chunk twice and writes it once, in its own type; sums are in fp32. `models.cross_entropy`
has the same in plain operations: the oracle of the test, and what other devices run.

Only CUDA machines have Triton, so nothing imports this file but `models.cross_entropy` on them.

Shapes: C predictions of a chunk, V vocabulary, W columns: V and those that fill up the last tile.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

_BLOCK = 4096  # columns that a program holds at a time


def loss_and_slopes(
    logits_CW: Tensor, targets_C: Tensor, tokens: int, cap: float | None, with_slopes: bool
) -> Tensor:
    """Sum over predictions of -log softmax(logits)[target], in fp32.

    Args:
        logits_CW: of a floating type, rows without gaps; become their own gradient, in place, if
            `with_slopes`; the gradient of columns from V on is 0.
        targets_C: int64 ids.
        tokens: V.
        cap: bends each logit z to cap * tanh(z / cap).
        with_slopes: whether the gradient is wanted.
    """
    rows, width = logits_CW.shape
    losses_C = torch.empty(rows, dtype=torch.float32, device=logits_CW.device)
    if rows:
        _row[(rows,)](
            logits_CW, targets_C, losses_C, tokens, width, 1.0 if cap is None else cap,
            BENDS=cap is not None, WITH_SLOPES=with_slopes, BLOCK=_BLOCK, num_warps=16,
        )  # fmt: skip
    return losses_C.sum()


@triton.jit  # type: ignore[untyped-decorator]
def _bent(logits, cap, BENDS: tl.constexpr):  # type: ignore[no-untyped-def]
    """cap * tanh(z / cap), with tanh from exp: 1 - 2 / (exp(2 x) + 1)."""
    if BENDS:
        return cap * (1.0 - 2.0 / (tl.exp(2.0 * logits / cap) + 1.0))
    return logits


@triton.jit  # type: ignore[untyped-decorator]
def _row(  # type: ignore[no-untyped-def]
    logits, targets, losses, tokens, width, cap,
    BENDS: tl.constexpr, WITH_SLOPES: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """One prediction: its loss, and its slopes over its logits."""
    row = tl.program_id(0).to(tl.int64)
    begin = logits + row * width
    target = tl.load(targets + row)
    places = tl.arange(0, BLOCK)

    # The largest logit so far, and the sum of exponentials relative to it.
    largest = float("-inf")
    total = 0.0
    for first in range(0, tokens, BLOCK):
        columns = first + places
        read = tl.load(begin + columns, mask=columns < tokens, other=0.0).to(tl.float32)
        block = tl.where(columns < tokens, _bent(read, cap, BENDS), float("-inf"))
        larger = tl.maximum(largest, tl.max(block, 0))
        total = total * tl.exp(largest - larger) + tl.sum(tl.exp(block - larger), 0)
        largest = larger
    normalizer = largest + tl.log(total)
    # An id that is not in the vocabulary makes the loss invalid, and reads no other memory.
    known = (target >= 0) & (target < tokens)
    chosen = tl.load(begin + target, mask=known, other=float("nan")).to(tl.float32)
    chosen = _bent(chosen, cap, BENDS)
    tl.store(losses + row, normalizer - chosen)

    if WITH_SLOPES:
        for first in range(0, width, BLOCK):
            columns = first + places
            read = tl.load(begin + columns, mask=columns < tokens, other=0.0).to(tl.float32)
            bent = _bent(read, cap, BENDS)
            slopes = tl.exp(bent - normalizer) - tl.where(columns == target, 1.0, 0.0)
            if BENDS:
                slopes = slopes * (1.0 - (bent / cap) * (bent / cap))
            slopes = tl.where(columns < tokens, slopes, 0.0)
            tl.store(begin + columns, slopes.to(logits.dtype.element_ty), mask=columns < width)
