"""Exact nearest neighbors by inner product, in constant memory, never a dense Q x N matrix.

Every block of scores is computed in a fast precision and only yields a *shortlist*; the shortlist
is scored again in float64. If the best score left outside, plus what rounding can hide, could still
reach the k-th score, that row alone is searched in float64. So the answer is that of a float64
search whatever the block size, the number of threads, the device and the fast precision.
Ties are broken by the smaller key index.

Shapes: Q queries, N keys, E dimensions, K neighbors, C shortlisted candidates.
"""

from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Ints = NDArray[np.int64]
Precision = Literal["auto", "float32", "bfloat16"]

_MARGIN = {torch.float32: 6, torch.bfloat16: 54}
# Unit roundoff of the inputs of a product; sums are accumulated in float32 at least.
_ROUNDOFF = {torch.float32: 2.0**-24, torch.bfloat16: 2.0**-8}
_QUERY_BLOCK = 1024
_KEY_BLOCK = 65536


def nearest(
    queries_QE: NDArray[Any],
    keys_NE: NDArray[Any],
    k: int,
    *,
    query_block: int = _QUERY_BLOCK,
    key_block: int = _KEY_BLOCK,
    precision: Precision = "auto",
    device: str | None = None,
) -> tuple[Ints, NDArray[Any]]:
    """The k keys with the largest inner product for each query.

    Rows are taken as they are: pass unit rows for cosine similarity.

    Args:
        queries_QE, keys_NE: float32 or float64, finite.
        k: neighbors a query, at most the number of keys (fewer keys give fewer neighbors).
        query_block, key_block: size of a block of scores; they change memory, not the result.
        precision: of the shortlist; "auto" takes bfloat16 where the hardware multiplies it faster.
        device: torch device of the products; by default a GPU when there is one.

    Returns:
        Indices (Q, K) int64 and scores (Q, K) in the wider dtype of the inputs, by falling score,
        equal scores by rising index.
    """
    queries_QE, keys_NE = np.asarray(queries_QE), np.asarray(keys_NE)
    dtype = np.result_type(queries_QE, keys_NE, np.float32)
    k = min(k, len(keys_NE))
    if k == 0 or len(queries_QE) == 0:
        return np.zeros((len(queries_QE), k), np.int64), np.zeros((len(queries_QE), k), dtype)
    search = _Search(queries_QE, keys_NE, k, key_block, precision, device)
    blocks = [
        search.block(start, min(start + query_block, len(queries_QE)))
        for start in range(0, len(queries_QE), query_block)
    ]
    indices_QK = np.concatenate([indices for indices, _ in blocks])
    scores_QK = np.concatenate([scores for _, scores in blocks])
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
        self.fast = _fast_dtype(precision, self.device)
        self.queries_QE = torch.from_numpy(np.ascontiguousarray(queries_QE))
        self.keys_NE = torch.from_numpy(np.ascontiguousarray(keys_NE)).to(self.device)
        self.fast_keys_NE = self.keys_NE.to(self.fast)
        self.k = k
        self.candidates = min(k + _MARGIN[self.fast], len(keys_NE))
        self.key_block = max(key_block, self.candidates)
        self.rounds = queries_QE.dtype == np.float32 and keys_NE.dtype == np.float32
        self.key_norm = float(torch.linalg.vector_norm(self.keys_NE, dim=1).max())

    def block(self, start: int, stop: int) -> tuple[Ints, NDArray[np.float64]]:
        """Neighbors of queries start..stop."""
        queries_QE = self.queries_QE[start:stop].to(self.device)
        fast_QC, indices_QC = self._shortlist(queries_QE.to(self.fast))
        exact_QC = self._rescore(queries_QE, indices_QC)
        indices_QK, scores_QK = _first(indices_QC, exact_QC, self.k)
        unsure_Q = self._unsure(queries_QE, fast_QC, scores_QK)
        for row in unsure_Q.nonzero().ravel().tolist():
            indices_QK[row], scores_QK[row] = self._search_row(queries_QE[row])
        return indices_QK.cpu().numpy(), scores_QK.cpu().numpy()

    def _shortlist(self, queries_QE: Tensor) -> tuple[Tensor, Tensor]:
        best: tuple[Tensor, Tensor] | None = None
        for start in range(0, len(self.fast_keys_NE), self.key_block):
            keys_BE = self.fast_keys_NE[start : start + self.key_block]
            scores_QB = queries_QE @ keys_BE.T
            scores_QC, indices_QC = scores_QB.topk(min(self.candidates, len(keys_BE)), dim=1)
            best = _merge(best, (scores_QC, indices_QC + start), self.candidates)
        assert best is not None  # noqa: S101 - there is at least one key
        return best

    def _rescore(self, queries_QE: Tensor, indices_QC: Tensor) -> Tensor:
        """Inner products of the candidates in float64, rounded to the dtype of the answer."""
        parts = []
        for rows_BE, indices_BC in zip(queries_QE.split(128), indices_QC.split(128), strict=True):
            keys_BCE = self.keys_NE[indices_BC].double()
            parts.append((keys_BCE * rows_BE.double()[:, None]).sum(-1))
        return self._round(torch.cat(parts))

    def _round(self, scores: Tensor) -> Tensor:
        # Equal vectors then have equal scores although their sums differ in the last bit.
        return scores.float().double() if self.rounds else scores

    def _unsure(self, queries_QE: Tensor, fast_QC: Tensor, scores_QK: Tensor) -> Tensor:
        """Rows whose k-th score a key outside the shortlist could reach."""
        if self.candidates == len(self.keys_NE):
            return torch.zeros(len(queries_QE), dtype=torch.bool)
        norms_Q = torch.linalg.vector_norm(queries_QE.double(), dim=1)
        bound = _error_bound(self.fast, queries_QE.shape[1]) * self.key_norm
        return fast_QC[:, -1].double() + bound * norms_Q >= scores_QK[:, -1]

    def _search_row(self, query_E: Tensor) -> tuple[Tensor, Tensor]:
        scores_N = torch.cat(
            [(part.double() * query_E.double()).sum(-1) for part in self.keys_NE.split(8192)]
        )
        scores_N = self._round(scores_N)
        indices_N = torch.arange(len(scores_N), device=scores_N.device)
        kth = scores_N.topk(self.k).values[-1]
        reached_N = scores_N >= kth
        indices_1K, scores_1K = _first(
            indices_N[reached_N][None], scores_N[reached_N][None], self.k
        )
        return indices_1K[0], scores_1K[0]


def _merge(
    best: tuple[Tensor, Tensor] | None, new: tuple[Tensor, Tensor], count: int
) -> tuple[Tensor, Tensor]:
    if best is None:
        return new
    scores = torch.cat((best[0], new[0]), 1)
    indices = torch.cat((best[1], new[1]), 1)
    scores, order = scores.topk(min(count, scores.shape[1]), dim=1)
    return scores, indices.gather(1, order)


def _first(indices_QC: Tensor, scores_QC: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The first k by (score falling, index rising)."""
    indices_QC, order = indices_QC.sort(dim=1)
    scores_QC = scores_QC.gather(1, order)
    scores_QC, order = scores_QC.sort(dim=1, descending=True, stable=True)
    return indices_QC.gather(1, order)[:, :k], scores_QC[:, :k]


def _error_bound(fast: torch.dtype, dimension: int) -> float:
    """Largest error of a fast inner product of two unit vectors (Higham, 2002, section 3.1)."""
    inputs = 2 * _ROUNDOFF[fast] + (_ROUNDOFF[fast] if fast is torch.bfloat16 else 0.0)
    return inputs + (dimension + 2) * 2.0**-24


def _fast_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    if precision != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16}[precision]
    is_faster = device.type == "cuda" or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if is_faster else torch.float32
