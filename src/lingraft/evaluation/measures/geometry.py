"""The geometry of an embedding space: how vectors fill it, and how near translations lie.

All of it is about unit vectors, because tasks compare texts by cosine. Where a score is a mean over
texts or over pairs of texts, the function returns one value for each text, whose mean is the score:
from them come standard errors and the report's intervals.

Shapes: N texts, B of them in a block, Q queries, K keys, E embedding dimension.
"""

import numpy as np

from lingraft.numeric.arrays import AnyFloats, Float64, Int64
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.rows import unit_rows

_SHARPNESS = 2.0  # t of Wang and Isola's Gaussian kernel
_BLOCK = 1024  # texts whose distances to all others are in memory at once


def anisotropy(vectors_NE: AnyFloats) -> Float64:
    """Mean cosine of two different texts: near 0 if directions are even, 1 if all are the same.

    Ethayarajh (2019, arXiv:1909.00512, section 3.2), there with a sample of pairs, here with all.

    Args:
        vectors_NE: at least three texts.

    Returns:
        Pseudo-values (N,), whose mean is the score.
    """
    units_NE = unit_rows(vectors_NE.astype(np.float64))
    squares_N = np.square(units_NE).sum(axis=1)  # 1, or 0 for a text without tokens
    sums_N = units_NE @ units_NE.sum(axis=0) - squares_N
    return _pseudo_values(sums_N / (len(units_NE) - 1))


def uniformity(vectors_NE: AnyFloats) -> Float64:
    """log mean exp(-2 |x - y|^2) over pairs of different texts: the lower, the more even.

    Wang and Isola (2020, arXiv:2005.10242, section 4.1.2), with t = 2 as there.

    Args:
        vectors_NE: at least three texts.

    Returns:
        Pseudo-values (N,), whose mean is the score: the logarithm is linearized at the mean.
    """
    units_NE = unit_rows(vectors_NE.astype(np.float64))
    squares_N = np.square(units_NE).sum(axis=1)
    sums = []
    for start in range(0, len(units_NE), _BLOCK):
        part = slice(start, start + _BLOCK)
        distances_BN = squares_N[part, None] + squares_N - 2 * units_NE[part] @ units_NE.T
        # Rounding can make a distance negative. The kernel of a text with itself is 1.
        kernel_BN = np.exp(-_SHARPNESS * np.maximum(distances_BN, 0))
        sums.append(kernel_BN.sum(axis=1) - 1)
    values_N = _pseudo_values(np.concatenate(sums) / (len(units_NE) - 1))
    mean = values_N.mean()
    return np.asarray(np.log(mean) + (values_N - mean) / mean)


def alignment(vectors_NE: AnyFloats, partners_NE: AnyFloats) -> Float64:
    """Squared distance |x - y|^2 of each text from its translation; the score is the mean.

    Wang and Isola (2020, section 4.1.1), with alpha = 2 as there: 0 if they coincide, at most 4.

    Args:
        vectors_NE: the texts.
        partners_NE: their translations, row by row.

    Returns:
        One value for each text (N,).
    """
    units_NE, others_NE = (unit_rows(v.astype(np.float64)) for v in (vectors_NE, partners_NE))
    return np.asarray(np.square(units_NE - others_NE).sum(axis=1))


def effective_rank(vectors_NE: AnyFloats) -> float:
    """exp of the entropy of the singular values, which are divided by their sum.

    Roy and Vetterli (2007, *The effective rank: a measure of effective dimensionality*, equation
    4), of the matrix of unit vectors: 1 if all texts have one direction, at most min(N, E).

    Args:
        vectors_NE: the texts.

    Returns:
        The effective rank; NaN if every vector is zero.
    """
    units_NE = unit_rows(vectors_NE.astype(np.float64))
    singular_values = np.linalg.svd(units_NE, compute_uv=False)
    total = singular_values.sum()
    if total == 0:
        return float("nan")
    shares = singular_values[singular_values > 0] / total
    return float(np.exp(-(shares * np.log(shares)).sum()))


def occurrences(queries_QE: AnyFloats, keys_KE: AnyFloats, neighbors: int) -> Int64:
    """N_k: for how many queries a key is among the nearest by cosine (K,).

    Radovanović et al. (2010, JMLR 11, section 2); from one language to the other as in Dinu et al.
    (2015, arXiv:1412.6568).

    Args:
        queries_QE: the texts that search.
        keys_KE: the texts that are found.
        neighbors: the k; among equal cosines the lower index is nearer.
    """
    indices_QK, _ = nearest(unit_rows(queries_QE), unit_rows(keys_KE), neighbors)
    return np.bincount(indices_QK.ravel(), minlength=len(keys_KE))


def skewness(counts_K: Int64) -> float:
    """Third standardized moment of the k-occurrences: hubness; 0 if all counts are equal.

    Args:
        counts_K: for how many queries each key is near.
    """
    deviations_K = counts_K - counts_K.mean()
    variance = np.square(deviations_K).mean()
    return float((deviations_K**3).mean() / variance**1.5) if variance > 0 else 0.0


def _pseudo_values(means_N: Float64) -> Float64:
    """Jackknife pseudo-values of a mean over pairs of different texts (Tukey, 1958).

    Value i is N times the score minus N - 1 times the score without text i; the mean of all is the
    score. The means of each text's own pairs would not do: they vary half as much as they should,
    because a pair changes with either of its texts.

    Args:
        means_N: mean over the pairs of each text.
    """
    count = len(means_N)
    return np.asarray((2 * (count - 1) * means_N - count * means_N.mean()) / (count - 2))
