"""Exact nearest neighbors by inner product, in constant memory, never a dense Q x N matrix.

Every block of scores is computed in a fast arithmetic and only yields a *shortlist*
(`numeric.shortlists`, `numeric.integer_shortlist`); the shortlist is scored again in float64. If
the best score left outside, plus what rounding can hide, could still reach the k-th score, that row
alone is searched in float64. So the answer is that of a float64 search whatever the block size, the
number of threads, the device and the fast arithmetic. Ties are broken by the smaller key index.

Shapes: Q queries, N keys, E dimensions, K neighbors, C shortlisted candidates, P pairs of a query
and a key.
"""

from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from lingraft.errors import InputError
from lingraft.numeric.arrays import Int64
from lingraft.numeric.integer_shortlist import IntegerShortlist, pays
from lingraft.numeric.rows import all_finite, norms
from lingraft.numeric.shortlists import Bound, FloatShortlist, Shortlist

Precision = Literal["auto", "float32", "bfloat16", "int8"]

_QUERY_BLOCK = 2048
_KEY_BLOCK = 16384
_RESCORED = 512  # pairs scored again at once: their vectors stay in the cache
_SEARCHED = 32  # queries searched in float64 at once
# Norms in between need no scaling: no product of theirs leaves the range of float32.
_SMALLEST, _LARGEST = 2.0**-30, 2.0**30


def nearest(
    queries_QE: NDArray[Any],
    keys_NE: NDArray[Any],
    k: int,
    *,
    query_block: int = _QUERY_BLOCK,
    key_block: int = _KEY_BLOCK,
    precision: Precision = "auto",
    device: str | None = None,
) -> tuple[Int64, NDArray[Any]]:
    """The k keys with the largest inner product for each query.

    Rows are taken as they are: pass unit rows for cosine similarity.

    Args:
        queries_QE, keys_NE: float32 or float64, finite.
        k: neighbors a query, at most the number of keys (fewer keys give fewer neighbors).
        query_block, key_block: size of a block of scores; they change memory, not the result.
        precision: of the shortlist; "auto" takes bfloat16 on a GPU, int8 on a processor with fast
            products of it where the search is large enough, else float32.
        device: torch device of the products; by default a GPU when there is one.

    Returns:
        Indices (Q, K) int64 and scores (Q, K) in the wider dtype of the inputs, by falling score,
        equal scores by rising index.

    Raises:
        InputError: a number is NaN or infinite.
    """
    queries_QE, keys_NE = np.asarray(queries_QE), np.asarray(keys_NE)
    dtype = np.result_type(queries_QE, keys_NE, np.float32)
    k = min(k, len(keys_NE))
    if k == 0 or len(queries_QE) == 0:
        return np.zeros((len(queries_QE), k), np.int64), np.zeros((len(queries_QE), k), dtype)
    for name, rows in (("queries", queries_QE), ("keys", keys_NE)):
        if not all_finite(rows):
            raise InputError(
                f"nearest neighbors: a vector of the {name} has a number that is NaN or infinite; "
                "make these vectors anew, or leave them out"
            )
    search = _Search(queries_QE, keys_NE, k, key_block, precision, device)
    starts = range(0, len(queries_QE), query_block)
    blocks = [
        search.block(start, min(start + query_block, len(queries_QE)))
        for start in tqdm(starts, desc="nearest neighbors", disable=None, leave=False)
    ]
    indices_QK = np.concatenate([indices for indices, _ in blocks])
    scores_QK = np.concatenate([scores for _, scores in blocks])
    with np.errstate(over="ignore"):  # beyond the range of float32 a score is infinite
        return indices_QK, scores_QK.astype(dtype)


class _Search:
    """The keys in fast and in full precision, and the search of one block of queries."""

    def __init__(
        self,
        queries_QE: NDArray[Any],
        keys_NE: NDArray[Any],
        k: int,
        key_block: int,
        precision: Precision,
        device: str | None,
    ) -> None:
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.queries_QE = torch.from_numpy(np.ascontiguousarray(queries_QE))
        self.keys_NE = torch.from_numpy(np.ascontiguousarray(keys_NE)).to(self.device)
        self.k = k
        self.key_block = key_block
        self.rounds = queries_QE.dtype == np.float32 and keys_NE.dtype == np.float32
        norms_N = torch.from_numpy(norms(keys_NE))
        self.key_norm = float(norms_N.max())
        self.scale = float(_to_unit_range(norms_N.max()[None])[0])
        self.shortlist = self._shortlist(precision, norms_N)

    def _shortlist(self, precision: Precision, norms_N: Tensor) -> Shortlist:
        if precision == "auto":
            precision = _fastest(self.device, len(self.keys_NE), self.k)
        keys_NE = self.keys_NE if self.scale == 1 else self.keys_NE.double() * self.scale
        bound = Bound(self.key_norm * self.scale, self.keys_NE.shape[1])
        fast = torch.bfloat16 if precision == "bfloat16" else torch.float32
        by_float = FloatShortlist(keys_NE.to(fast), self.k, self.key_block, bound)
        if precision != "int8":
            return by_float
        if self.device.type != "cpu":
            raise ValueError("the shortlist in int8 is one of processors; a GPU takes bfloat16")
        return IntegerShortlist(by_float, norms_N, self.k, self.key_block)

    def block(self, start: int, stop: int) -> tuple[Int64, NDArray[np.float64]]:
        """Neighbors of queries start..stop."""
        queries_QE = self.queries_QE[start:stop].to(self.device).double()
        norms_Q = torch.linalg.vector_norm(queries_QE, dim=1)
        factors_Q = _to_unit_range(norms_Q)
        if bool((factors_Q != 1).any()):
            queries_QE, norms_Q = queries_QE * factors_Q[:, None], norms_Q * factors_Q
        fast_QC, indices_QC, bound_Q = self.shortlist.best(queries_QE, norms_Q)
        # A score that is two bounds below the k-th fast score is not among the best k.
        is_near_QC = fast_QC >= (fast_QC[:, self.k - 1] - 2 * bound_Q)[:, None]
        indices_QK, scores_QK = self._order(queries_QE, indices_QC, is_near_QC)
        unsure_Q = self._unsure(fast_QC, bound_Q, scores_QK)
        for first in range(0, len(unsure_Q), _SEARCHED):
            rows = unsure_Q[first : first + _SEARCHED]
            indices_QK[rows], scores_QK[rows] = self._search(queries_QE[rows], norms_Q[rows])
        return indices_QK.cpu().numpy(), (scores_QK / factors_Q[:, None]).cpu().numpy()

    def _unsure(self, fast_QC: Tensor, bound_Q: Tensor, scores_QK: Tensor) -> Tensor:
        """Rows whose k-th score a key outside the shortlist could reach."""
        if fast_QC.shape[1] == len(self.keys_NE):
            return torch.zeros(0, dtype=torch.long)
        # No key outside has a fast score above the last of the shortlist, because the scores fall.
        reached_Q = fast_QC[:, -1] + bound_Q >= scores_QK[:, -1] * self.scale
        return reached_Q.nonzero().ravel()

    def _search(self, queries_QE: Tensor, norms_Q: Tensor) -> tuple[Tensor, Tensor]:
        """Neighbors by a product with all keys in float64, ties at the k-th place included."""
        parts = [
            queries_QE @ self.keys_NE[start : start + self.key_block].double().T
            for start in range(0, len(self.keys_NE), self.key_block)
        ]
        scores_QN = torch.cat(parts, dim=1)
        kth_Q = scores_QN.topk(self.k, dim=1).values[:, -1]
        # Scores that are equal after rounding to float32 can differ here. The slack takes all of
        # them in, and _order decides by the index.
        reached_QN = scores_QN >= (kth_Q - 1e-6 * self.key_norm * norms_Q)[:, None]
        found = []
        for query_E, reached_N in zip(queries_QE, reached_QN, strict=True):
            indices_1C = reached_N.nonzero().ravel()[None]
            wanted_1C = torch.ones_like(indices_1C, dtype=torch.bool)
            found.append(self._order(query_E[None], indices_1C, wanted_1C))
        return torch.cat([rows[0] for rows in found]), torch.cat([rows[1] for rows in found])

    def _order(
        self, queries_QE: Tensor, indices_QC: Tensor, wanted_QC: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The first k candidates by (score falling, index rising), of those that are wanted."""
        scores_QC = torch.full_like(indices_QC, -torch.inf, dtype=torch.float64)
        rows_P = wanted_QC.nonzero()[:, 0]
        scores_QC[wanted_QC] = self._rescore(queries_QE, rows_P, indices_QC[wanted_QC])
        # The second sort is stable: equal scores stay in the order of their indices.
        indices_QC, order = indices_QC.sort(dim=1)
        scores_QC = scores_QC.gather(1, order)
        scores_QC, order = scores_QC.sort(dim=1, descending=True, stable=True)
        return indices_QC.gather(1, order)[:, : self.k], scores_QC[:, : self.k]

    def _rescore(self, queries_QE: Tensor, rows_P: Tensor, keys_P: Tensor) -> Tensor:
        """Inner products of pairs in float64, rounded to the precision of the answer."""
        parts = [queries_QE.new_zeros(0)]
        for start in range(0, len(rows_P), _RESCORED):
            pairs = slice(start, start + _RESCORED)
            products_PE = self.keys_NE.index_select(0, keys_P[pairs]).double()
            products_PE *= queries_QE.index_select(0, rows_P[pairs])
            parts.append(products_PE.sum(-1))
        return self._round(torch.cat(parts))

    def _round(self, scores: Tensor) -> Tensor:
        if not self.rounds:
            return scores
        # Equal vectors then have equal scores although their sums differ in the last bit. As many
        # digits as float32 has, but not its range: scores beyond it keep their order.
        digits, exponents = torch.frexp(scores)
        return torch.ldexp(digits.float().double(), exponents)


def _to_unit_range(norms_N: Tensor) -> Tensor:
    """Powers of two that bring norms near one; 1 for zero, and where they need none."""
    is_extreme_N = (norms_N > 0) & ((norms_N < _SMALLEST) | (norms_N > _LARGEST))
    exponents_N = torch.frexp(norms_N).exponent.clamp(-1000, 1000)  # so that they are numbers
    return torch.where(is_extreme_N, torch.ldexp(torch.ones_like(norms_N), -exponents_N), 1.0)


def _fastest(device: torch.device, keys: int, k: int) -> Precision:
    """What a device multiplies fastest, by what it is; a measurement would depend on its load."""
    if device.type == "cuda":
        return "bfloat16"
    return "int8" if pays(keys, k) else "float32"
