"""Vectors as codes and back: product quantization (Jégou et al., 2011), and a byte a number.

Legend: N vectors, E dimension.
"""

from typing import Any

import numpy as np

from lingraft.errors import InputError
from lingraft.numeric.arrays import Float64
from lingraft.numeric.rows import unit_rows

_FEWEST_PER_CENTER = 39  # of faiss, which warns below


def by_bytes(vectors_NE: Float64) -> tuple[Float64, int]:
    """Each number as one of 255 steps between its dimension's extremes, and the bytes of all."""
    scale_E = np.abs(vectors_NE).max(axis=0) / 127
    codes_NE = np.rint(vectors_NE / np.where(scale_E == 0, 1, scale_E)).astype(np.int8)
    return codes_NE * scale_E, codes_NE.nbytes + 4 * len(scale_E)


def by_parts(vectors_NE: Float64, parts: int, bits: int) -> tuple[Float64, int]:
    """Each part of a vector as the nearest of 2^bits centers, and the bytes of codes and centers.

    Raises:
        InputError: the parts do not divide the dimension, or there are fewer words than centers.
    """
    import faiss

    words, dimension = vectors_NE.shape
    if dimension % parts:
        raise InputError(f"{parts} parts do not divide a vector of {dimension}; change `parts`")
    if words < 2**bits:
        raise InputError(f"{bits} bits need {2**bits} words, and there are {words}; lower `bits`")
    # Any: faiss declares its C++ class, but its methods take arrays.
    quantizer: Any = faiss.ProductQuantizer(dimension, parts, bits)
    quantizer.cp.min_points_per_centroid = min(_FEWEST_PER_CENTER, words // 2**bits)
    rows_NE = np.ascontiguousarray(vectors_NE, dtype=np.float32)
    quantizer.train(rows_NE)
    codes = quantizer.compute_codes(rows_NE)
    size = codes.nbytes + 4 * 2**bits * dimension
    return np.asarray(quantizer.decode(codes), dtype=np.float64), size


def loss(before_NE: Float64, after_NE: Float64) -> dict[str, float]:
    """Mean cosine of each vector with itself, and the share of its length that is lost."""
    cosine = np.einsum("ne,ne->n", unit_rows(before_NE), unit_rows(after_NE)).mean()
    total = max(float((before_NE**2).sum()), np.finfo(np.float64).tiny)
    return {"cosine": float(cosine), "error": float(((before_NE - after_NE) ** 2).sum() / total)}
