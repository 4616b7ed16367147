"""Approximate nearest neighbors by inner product: lists of keys, of which a query reads a few.

The keys are put into lists by the center that they are nearest to (faiss, `IndexIVFFlat`). What the
lists of a query have is scored again as `numeric.neighbors` scores, in float64 with ties broken by
the smaller index: a query that reads all lists gets the exact answer.

An inner product of vectors of different lengths is no distance, and centers that are nearest to a
query need not have its best keys. So each key gets one number more, with which all are as long as
the longest one; then the best inner product is the least distance (Bachrach et al. 2014).

Shapes: Q queries, N keys, E dimensions, K neighbors, C candidates.
"""

import importlib.util
import math
from typing import Any

import numpy as np

from lingraft.errors import ConfigError
from lingraft.numeric.arrays import Float32, Int64, Numbers
from lingraft.numeric.neighbors import nearest

_FEWEST_PER_CENTER = 39  # of faiss, which warns below
_ROUNDS = 10  # of k-means; more find no more neighbors
_MARGIN = 6  # candidates beyond k, which float32 may have put in the wrong order


class InvertedLists:
    """Keys that are searched approximately, or exactly where no number of lists is given."""

    def __init__(self, keys_NE: Numbers, probes: int | None) -> None:
        """Put keys into lists.

        Args:
            keys_NE: finite; they are kept.
            probes: how many lists a query reads; None makes none, and searches exactly.

        Raises:
            ConfigError: there shall be lists, and faiss is not installed.
        """
        self.keys_NE = np.ascontiguousarray(keys_NE, np.float32)
        self.lists = 0 if probes is None else list_number(len(keys_NE))
        self._index = None if probes is None else self._indexed(probes)

    def nearest(self, queries_QE: Numbers, k: int) -> tuple[Int64, Float32]:
        """The keys with the largest inner products that the lists of each query have.

        Args:
            queries_QE: finite.
            k: neighbors a query, at most the number of keys.

        Returns:
            Indices (Q, K) and scores (Q, K), by falling score, equal scores by rising index; -1 and
            -inf where the lists have no more.
        """
        queries_QE, k = np.ascontiguousarray(queries_QE, np.float32), min(k, len(self.keys_NE))
        if self._index is None:
            indices_QK, scores_QK = nearest(queries_QE, self.keys_NE, k)
            return indices_QK, scores_QK.astype(np.float32)
        wider_QE = np.pad(queries_QE, ((0, 0), (0, 1)))
        _, found_QC = self._index.search(wider_QE, min(k + _MARGIN, len(self.keys_NE)))
        return self._ordered(queries_QE, found_QC, k)

    def _indexed(self, probes: int) -> Any:
        if importlib.util.find_spec("faiss") is None:
            raise ConfigError(
                "probes: an approximate search needs faiss, which is installed on Linux alone; "
                "write null, which searches exactly"
            )
        import faiss

        lengths_N = np.linalg.norm(self.keys_NE.astype(np.float64), axis=1)
        rest_N = np.sqrt(np.maximum(lengths_N.max() ** 2 - lengths_N**2, 0))
        wider_NE = np.column_stack([self.keys_NE, rest_N]).astype(np.float32)
        centers: Any = faiss.IndexFlatL2(wider_NE.shape[1])
        index: Any = faiss.IndexIVFFlat(centers, wider_NE.shape[1], self.lists, faiss.METRIC_L2)
        index.cp.min_points_per_centroid = 1  # few keys have few lists; faiss would warn
        index.cp.niter = _ROUNDS
        index.train(wider_NE)
        index.add(wider_NE)
        index.nprobe = min(probes, self.lists)
        return index

    def _ordered(self, queries_QE: Float32, found_QC: Int64, k: int) -> tuple[Int64, Float32]:
        scores_QC = np.full(found_QC.shape, -np.inf, np.float32)
        for scores_C, found_C, query_E in zip(scores_QC, found_QC, queries_QE, strict=True):
            is_there_C = found_C >= 0
            keys_CE = self.keys_NE[found_C[is_there_C]].astype(np.float64)
            scores_C[is_there_C] = keys_CE @ query_E.astype(np.float64)
        order_QK = np.lexsort((found_QC, -scores_QC), axis=1)[:, :k]
        return (
            np.take_along_axis(found_QC, order_QK, axis=1),
            np.take_along_axis(scores_QC, order_QK, axis=1),
        )


def list_number(keys: int) -> int:
    """Into how many lists so many keys are put: four times the square root, if they fill them."""
    return max(1, min(round(4 * math.sqrt(keys)), keys // _FEWEST_PER_CENTER))
