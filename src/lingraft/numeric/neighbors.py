"""Exact nearest neighbors by inner product, in constant memory, never a dense Q x N matrix.

Every block of scores is computed in a fast precision and only yields a *shortlist*; the shortlist
is scored again in float64. If the best score left outside, plus what rounding can hide, could still
reach the k-th score, that row alone is searched in float64. So the answer is that of a float64
search whatever the block size, the number of threads, the device and the fast precision.
Ties are broken by the smaller key index.

Shapes: Q queries, N keys, E dimensions, K neighbors, C shortlisted candidates.
"""

import importlib.util
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from lingraft.numeric.arrays import Int64
from lingraft.numeric.selection import GROUP, largest

Precision = Literal["auto", "float32", "bfloat16"]

_HAS_FAISS = importlib.util.find_spec("faiss") is not None
# Candidates beyond k: for k = 10 the shortlist has 16 or 64. bfloat16 rounds more coarsely and
# needs more of them.
_MARGIN = {torch.float32: 6, torch.bfloat16: 54}
# Unit roundoff of the inputs of a product; sums are accumulated in float32 at least.
_ROUNDOFF = {torch.float32: 2.0**-24, torch.bfloat16: 2.0**-8}
_QUERY_BLOCK = 2048
_KEY_BLOCK = 16384
_RESCORED = 64  # queries scored again at once: their candidates stay in the cache
_SEARCHED = 32  # queries searched in float64 at once


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
    starts = range(0, len(queries_QE), query_block)
    blocks = [
        search.block(start, min(start + query_block, len(queries_QE)))
        for start in tqdm(starts, desc="nearest neighbors", disable=None, leave=False)
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
        self.scores = torch.empty(0, dtype=self.fast, device=self.device)
        self.k = k
        self.candidates = min(k + _MARGIN[self.fast], len(keys_NE))
        self.key_block = max(key_block, self.candidates)
        self.by_faiss = _HAS_FAISS and self.device.type == "cpu" and self.fast is torch.float32
        self.rounds = queries_QE.dtype == np.float32 and keys_NE.dtype == np.float32
        self.key_norm = float(torch.linalg.vector_norm(self.keys_NE, dim=1).max())

    def block(self, start: int, stop: int) -> tuple[Int64, NDArray[np.float64]]:
        """Neighbors of queries start..stop."""
        queries_QE = self.queries_QE[start:stop].to(self.device)
        fast_QC, indices_QC = self._shortlist(queries_QE.to(self.fast))
        indices_QK, scores_QK = self._order(queries_QE, indices_QC)
        unsure_Q = self._unsure(queries_QE, fast_QC, scores_QK)
        for start in range(0, len(unsure_Q), _SEARCHED):
            rows = unsure_Q[start : start + _SEARCHED]
            indices_QK[rows], scores_QK[rows] = self._search(queries_QE[rows])
        return indices_QK.cpu().numpy(), scores_QK.cpu().numpy()

    def _shortlist(self, queries_QE: Tensor) -> tuple[Tensor, Tensor]:
        """The candidates' fast scores, falling, and their indices (Q, C)."""
        return self._by_faiss(queries_QE) if self.by_faiss else self._by_blocks(queries_QE)

    def _by_faiss(self, queries_QE: Tensor) -> tuple[Tensor, Tensor]:
        """For little more than the bare product: the scores of its tiles never leave the cache."""
        import faiss

        scores_QC, indices_QC = faiss.knn(
            queries_QE.numpy(),
            self.fast_keys_NE.numpy(),
            self.candidates,
            metric=faiss.METRIC_INNER_PRODUCT,
        )
        return torch.from_numpy(scores_QC), torch.from_numpy(indices_QC)

    def _by_blocks(self, queries_QE: Tensor) -> tuple[Tensor, Tensor]:
        best: tuple[Tensor, Tensor] | None = None
        for start in range(0, len(self.fast_keys_NE), self.key_block):
            keys_BE = self.fast_keys_NE[start : start + self.key_block]
            scores_QB = self._product(queries_QE, keys_BE)
            scores_QC, indices_QC = _best(scores_QB, min(self.candidates, len(keys_BE)))
            best = _merge(best, (scores_QC, indices_QC + start), self.candidates)
        assert best is not None  # noqa: S101 - there is at least one key
        return best

    def _product(self, queries_QE: Tensor, keys_BE: Tensor) -> Tensor:
        """Scores of a block, in memory that all blocks share: taking it anew costs a quarter."""
        shape = len(queries_QE), len(keys_BE)
        if self.scores.numel() < shape[0] * shape[1]:
            self.scores = torch.empty(shape[0] * shape[1], dtype=self.fast, device=self.device)
        scores_QB = self.scores[: shape[0] * shape[1]].view(shape)
        return torch.mm(queries_QE, keys_BE.T, out=scores_QB)

    def _rescore(self, queries_QE: Tensor, indices_QC: Tensor) -> Tensor:
        """Inner products of the candidates in float64, rounded to the dtype of the answer."""
        parts: list[Tensor] = []
        for start in range(0, len(queries_QE), _RESCORED):
            rows_BE = queries_QE[start : start + _RESCORED].double()
            keys_BCE = self.keys_NE[indices_QC[start : start + _RESCORED]].double()
            # (B, C, E) times (B, 1, E), summed over E: each query with its own candidates.
            parts.append((keys_BCE * rows_BE[:, None]).sum(-1))
        return self._round(torch.cat(parts))

    def _round(self, scores: Tensor) -> Tensor:
        # Equal vectors then have equal scores although their sums differ in the last bit.
        return scores.float().double() if self.rounds else scores

    def _unsure(self, queries_QE: Tensor, fast_QC: Tensor, scores_QK: Tensor) -> Tensor:
        """Rows whose k-th score a key outside the shortlist could reach."""
        if self.candidates == len(self.keys_NE):
            return torch.zeros(0, dtype=torch.long)
        norms_Q = torch.linalg.vector_norm(queries_QE.double(), dim=1)
        # The bound is for unit vectors; the error grows with both norms.
        bound_Q = _error_bound(self.fast, queries_QE.shape[1]) * self.key_norm * norms_Q
        # No key outside has a fast score above the last of the shortlist, because the scores fall.
        reached_Q: Tensor = fast_QC[:, -1].double() + bound_Q >= scores_QK[:, -1]
        return reached_Q.nonzero().ravel()

    def _search(self, queries_QE: Tensor) -> tuple[Tensor, Tensor]:
        """Neighbors by a product with all keys in float64, ties at the k-th place included."""
        parts = [
            queries_QE.double() @ self.keys_NE[start : start + self.key_block].double().T
            for start in range(0, len(self.keys_NE), self.key_block)
        ]
        scores_QN = torch.cat(parts, dim=1)
        kth_Q = scores_QN.topk(self.k, dim=1).values[:, -1]
        norms_Q = torch.linalg.vector_norm(queries_QE.double(), dim=1)
        # Scores that are equal after rounding to float32 can differ here. The slack takes all of
        # them in, and _order decides by the index.
        reached_QN = scores_QN >= (kth_Q - 1e-6 * self.key_norm * norms_Q)[:, None]
        found = [
            self._order(query_E[None], reached_N.nonzero().ravel()[None])
            for query_E, reached_N in zip(queries_QE, reached_QN, strict=True)
        ]
        return torch.cat([rows[0] for rows in found]), torch.cat([rows[1] for rows in found])

    def _order(self, queries_QE: Tensor, indices_QC: Tensor) -> tuple[Tensor, Tensor]:
        return _first(indices_QC, self._rescore(queries_QE, indices_QC), self.k)


def _best(scores_QB: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest of each row with their columns.

    A row's best lie in the groups of columns with the best maxima; looking there first is three
    times as fast as `topk` on all columns.
    """
    columns = scores_QB.shape[1]
    if columns % GROUP or columns < 2 * GROUP * count:
        return scores_QB.topk(count, dim=1)
    return largest(scores_QB, count)


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
    # The second sort is stable: equal scores stay in the order of their indices.
    indices_QC, order = indices_QC.sort(dim=1)
    scores_QC = scores_QC.gather(1, order)
    scores_QC, order = scores_QC.sort(dim=1, descending=True, stable=True)
    return indices_QC.gather(1, order)[:, :k], scores_QC[:, :k]


def _error_bound(fast: torch.dtype, dimension: int) -> float:
    """Largest error of a fast inner product of two unit vectors (Higham, 2002, section 3.1)."""
    # Both inputs are rounded. A bfloat16 product is summed in float32 and rounded once more.
    inputs = 2 * _ROUNDOFF[fast] + (_ROUNDOFF[fast] if fast is torch.bfloat16 else 0.0)
    return inputs + (dimension + 2) * 2.0**-24


def _fast_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    if precision != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16}[precision]
    # AMX are the matrix units of some Intel processors; torch has no public function that asks for
    # them.
    is_faster = device.type == "cuda" or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if is_faster else torch.float32
