"""Sums that are rounded once, so that neither the kernel nor the number of threads changes a bit.

A matrix product adds in an order that the library chooses by the processor and by the shape. Here
the numbers are first rounded to a grid so coarse that every partial sum fits into the 53 bits of a
float64; what the grid left over is added up in the same way. Both sums are exact in any order.

Shapes: B rows of weights, N numbers to add, M columns.
"""

import numpy as np
from numpy.typing import NDArray

from lingraft.numeric.arrays import Float64

_BITS = 53  # of a float64's significand


def split_for_sums(values_NM: Float64, total_weight: int) -> tuple[Float64, Float64]:
    """Split numbers into a coarse and a fine part whose weighted sums are exact.

    Args:
        values_NM: finite numbers; each column has a grid of its own.
        total_weight: the largest sum of whole-numbered weights, at most 2^26.

    Returns:
        Two matrices whose sum is `values_NM`, to 2^-54 of each column's largest magnitude.

    Raises:
        ValueError: the weights are so large that the two parts cannot hold 53 bits.
    """
    bits = _BITS - int(total_weight).bit_length()
    if 2 * bits < _BITS:
        raise ValueError(f"the weights add up to {total_weight}, which is more than 2^26")
    largest_M = np.abs(values_NM).max(axis=0, initial=0.0)
    # frexp gives the exponent e of each column, so that every number of it is below 2^e.
    exponents_M = np.frexp(largest_M)[1]
    # A coarse number is at most 2^bits steps of its grid. The weights add up to less than 2^(53 -
    # bits), so every partial sum fits into 53 bits.
    coarse_NM = _round_to_grid(values_NM, exponents_M - bits)
    # The rest is at most half a coarse step: its grid can start one bit lower.
    return coarse_NM, _round_to_grid(values_NM - coarse_NM, exponents_M - 2 * bits - 1)


def add_products(weights_BN: Float64, parts: tuple[Float64, Float64]) -> Float64:
    """weights_BN @ values_NM for the two parts of `split_for_sums`; the weights are whole numbers.

    Only the last addition rounds: the result is the same on every processor, with any number of
    threads, and whatever other columns and rows are computed beside it.
    """
    coarse_NM, fine_NM = parts
    sums_BM = weights_BN @ coarse_NM
    used_M = fine_NM.any(axis=0)  # counts need no fine part
    if used_M.any():
        sums_BM[:, used_M] += weights_BN @ fine_NM[:, used_M]
    return sums_BM


def _round_to_grid(values_NM: Float64, exponents_M: NDArray[np.intp]) -> Float64:
    """The nearest multiples of two to the power of each column's exponent."""
    # ldexp multiplies by a power of two, which is exact; only rint rounds.
    return np.asarray(np.ldexp(np.rint(np.ldexp(values_NM, -exponents_M)), exponents_M))
