"""How much the rows of other methods are worth beside counted translations.

A row of counts is the estimate of a multinomial distribution over source tokens; the rows of the
other methods, and at last the frequencies of the source tokens, are the means of Dirichlet priors
for it. The posterior mean is

    W(t) = (n(t) C(t) + sum_k a_k W_k(t)) / (n(t) + sum_k a_k)

with n(t) the number of counted tokens behind the row C(t). The strengths a_k are estimated for
tokens of like n (empirical Bayes): expectation maximization finds the shares of a mixture of all
rows (deleted interpolation, Jelinek and Mercer 1980) under which sentence pairs that were not
counted are the most likely, by Model 1: each source token is picked by one target token.

Shapes: T target tokens, S source tokens, C cells of the unseen pairs, K methods with the counted
one first and the frequencies last, B buckets of n.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from lingraft.initialization.trial import Trial
from lingraft.numeric import sparse
from lingraft.numeric.arrays import AnyInts, Float64

_EDGES = (1e-9, 1.0, 3.0, 10.0, 30.0)  # of n: a bucket for tokens never counted, and five more
_STEPS = 100
_COMMON = 20.0  # source tokens' worth of the shares of all buckets, in each bucket
_FLOOR = 1e-6


@dataclass(frozen=True)
class Strengths:
    """Prior strengths in observations by bucket of n and method (B, K - 1), without the counted."""

    observations_BK: Float64

    def of(self, counted_T: Float64) -> Float64:
        """The strengths for tokens with these numbers of observations (T, K - 1)."""
        return np.asarray(self.observations_BK[buckets(counted_T)])


def buckets(counted_T: Float64) -> AnyInts:
    """The bucket of each token (T,) by its number of observations."""
    return np.digitize(counted_T, _EDGES)


def estimate_strengths(trial: Trial, others: Sequence[csr_array]) -> Strengths:
    """The strengths under which the unseen pairs are the most likely.

    Args:
        trial: counts, and pairs that they have not seen.
        others: weights of the other methods (T, S), their rows normalized; a token without a row
            there has the frequencies instead.
    """
    counted_T = sparse.row_sums(trial.counts_TS)
    matrices = [sparse.normalize_rows(trial.counts_TS), *others]
    values_CK = np.stack([*(_values(each, trial) for each in matrices), _base(trial)], axis=1)
    bucket_C = buckets(counted_T)[trial.targets_C]
    shares_BK = _shares(values_CK, bucket_C, trial.places_C)
    # A share of a bucket is n / (n + a) on average; a bucket without counts has no scale.
    mean_B = _means(counted_T[trial.targets_C], bucket_C)
    scale_B = np.where(mean_B > 0, mean_B / np.maximum(shares_BK[:, 0], _FLOOR), 1.0)
    return Strengths(shares_BK[:, 1:] * scale_B[:, None])


def _base(trial: Trial) -> Float64:
    return np.asarray(trial.base_S[trial.sources_C])


def _values(matrix_TS: csr_array, trial: Trial) -> Float64:
    """The probability of each cell's source token in the row of its target token (C,)."""
    found_C = np.asarray(matrix_TS[trial.targets_C, trial.sources_C]).ravel()
    has_row_T = sparse.row_support(matrix_TS) > 0
    return np.where(has_row_T[trial.targets_C], found_C, _base(trial))


def _shares(values_CK: Float64, bucket_C: AnyInts, places_C: AnyInts) -> Float64:
    """The mixture's shares by bucket (B, K), by expectation maximization from equal ones."""
    methods, rows = values_CK.shape[1], len(_EDGES) + 1
    shares_BK = np.full((rows, methods), 1 / methods)
    for _ in range(_STEPS):
        weighted_CK = shares_BK[bucket_C] * values_CK
        totals = np.bincount(places_C, weights=weighted_CK.sum(axis=1))
        weighted_CK /= totals[places_C][:, None]
        mass_BK = np.stack(
            [np.bincount(bucket_C, weights=column, minlength=rows) for column in weighted_CK.T],
            axis=1,
        )
        common_K = mass_BK.sum(axis=0) / mass_BK.sum()
        # Buckets with few tokens lean on the shares of all.
        mass_BK = mass_BK + _COMMON * common_K
        shares_BK = mass_BK / mass_BK.sum(axis=1, keepdims=True)
    return shares_BK


def _means(values_C: Float64, bucket_C: AnyInts) -> Float64:
    sizes = np.bincount(bucket_C, minlength=len(_EDGES) + 1)
    sums = np.bincount(bucket_C, weights=values_C, minlength=len(_EDGES) + 1)
    return np.asarray(sums / np.maximum(sizes, 1))
