"""How precise the numbers of a GGUF file are, as far as the file alone can say it.

The original is not in the file, so what quantization lost is estimated: a number that was rounded
to a grid of step s is wrong by s / sqrt(12) in the root mean square, if its place between two
points of the grid is random (Widrow 1956). The steps are read from the blocks themselves.

Shapes: N blocks, W weights of a block, B bytes of a block.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from gguf import GGML_QUANT_SIZES, dequantize
from numpy.typing import NDArray

from lingraft.artifacts import StoredPart

_SAMPLE = 1 << 20  # weights of a tensor that are looked at, in blocks spread over it evenly
_BITS = 8  # of a byte
# Where the whole numbers of a block are among its bytes, and the largest of them: the rest is
# scales. All bits set less no bit set is that many steps, whatever the scales are.
_GRIDS = {
    "Q4_0": (slice(2, None), 15),
    "Q4_1": (slice(4, None), 15),
    "Q5_0": (slice(2, None), 31),
    "Q5_1": (slice(4, None), 31),
    "Q8_0": (slice(2, None), 1),  # signed: all bits set are -1
    "Q2_K": (slice(16, 80), 3),
    "Q3_K": (slice(0, 96), 7),
    "Q4_K": (slice(16, None), 15),
    "Q5_K": (slice(16, None), 31),
    "Q6_K": (slice(0, 192), 63),
}
# Bits of the significand, the first one not among them, and the exponent of the smallest normal.
_FLOATS = {"F16": (10, -14), "BF16": (7, -126)}
_EXACT = ("F32", "F64")
_KINDS = {"token_embd": "embeddings", "output": "output matrix"}


@dataclass
class _Sum:
    """What is known of the weights of one kind in one type."""

    weights: int = 0
    squares: float = 0.0  # mean square of the weights times their number
    steps: float | None = 0.0  # the same of their steps; None: not known


def precision_of(file: Any) -> list[StoredPart]:
    """The parts of a GGUF file by kind and type, those with the most weights first.

    Args:
        file: an opened file, all of whose tensors can be dequantized.
    """
    found: dict[tuple[str, str], _Sum] = {}
    for tensor in file.tensors:
        part = found.setdefault((_kind_of(tensor), tensor.tensor_type.name), _Sum())
        size = int(tensor.n_elements)
        squares, steps = mean_squares(tensor.data, tensor.tensor_type)
        part.weights += size
        part.squares += size * squares
        part.steps = None if steps is None or part.steps is None else part.steps + size * steps
    total = sum(part.weights for part in found.values())
    parts = [
        StoredPart(
            kind=kind,
            type=name,
            bits_per_weight=round(bits_of(name), 4),
            weights=part.weights,
            share=part.weights / total,
            relative_error=_relative(part),
        )
        for (kind, name), part in found.items()
    ]
    return sorted(parts, key=lambda part: -part.weights)


def mean_squares(data: NDArray[Any], kind: Any) -> tuple[float, float | None]:
    """Mean square of a tensor's weights, and of the steps to which they were rounded.

    Args:
        data: the tensor as the file has it: rows of blocks as bytes, or floats.
        kind: its type, as `gguf` names it.

    Returns:
        The second is None for types whose values are not on a grid of equal steps.
    """
    sample = _sample(data, kind)
    weights = np.asarray(dequantize(sample, kind), np.float64)
    squares = float(np.mean(np.square(weights)))
    steps = _steps(sample, kind, weights)
    return squares, None if steps is None else float(np.mean(np.square(steps)))


def bits_of(name: str) -> float:
    """Bits of one number of a type, its share of the scales included."""
    sizes = {kind.name: size for kind, size in GGML_QUANT_SIZES.items()}
    weights, size = sizes[name]
    bits: float = _BITS * size / weights
    return bits


def described(parts: Iterable[StoredPart]) -> Iterator[str]:
    """One line for each part of a file."""
    for part in parts:
        lost = (
            "the error of its codes is not known"
            if part.relative_error is None
            else f"about {100 * part.relative_error:.2g} % of the weights' size lost"
            if part.relative_error
            else "nothing rounded"
        )
        yield (
            f"{part.kind}: {part.type}, {part.bits_per_weight:g} bits a weight, "
            f"{100 * part.share:.1f} % of the weights, {lost}"
        )


def _kind_of(tensor: Any) -> str:
    name = str(tensor.name).removesuffix(".weight")
    if len(tensor.shape) < 2:
        return "norms and biases"
    return _KINDS.get(name, "matrices")


def _sample(data: NDArray[Any], kind: Any) -> NDArray[Any]:
    """Blocks of a tensor (N, B), or of floats (N, 1): all, or so many spread evenly."""
    weights, size = GGML_QUANT_SIZES[kind]
    is_bytes = data.dtype == np.uint8
    blocks = data.reshape(-1, size if is_bytes else 1)
    most = _SAMPLE // weights
    return blocks[:: max(1, math.ceil(len(blocks) / most))]


def _steps(sample: NDArray[Any], kind: Any, weights: NDArray[Any]) -> NDArray[Any] | None:
    """The step at each weight (N, W)."""
    if kind.name in _EXACT:
        return np.zeros(1)
    if kind.name in _FLOATS:
        digits, smallest = _FLOATS[kind.name]
        exponents = np.frexp(weights)[1] - 1
        return np.asarray(np.ldexp(1.0, np.maximum(exponents, smallest) - digits))
    if kind.name not in _GRIDS:
        return None
    place, largest = _GRIDS[kind.name]
    low, high = sample.copy(), sample.copy()
    low[:, place], high[:, place] = 0, 0xFF
    ends = (np.asarray(dequantize(each, kind), np.float64) for each in (low, high))
    return np.asarray(np.abs(np.subtract(*ends)) / largest)


def _relative(part: _Sum) -> float | None:
    if part.steps is None:
        return None
    return math.sqrt(part.steps / 12 / part.squares) if part.squares else 0.0
