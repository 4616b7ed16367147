"""Similarities of queries and keys, the ranks that follow from them, and a record of each query.

Shapes: Q queries, K keys, N documents, E embedding dimension.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from lingraft.evaluation.outcome import Prediction
from lingraft.numeric.arrays import AnyFloats
from lingraft.numeric.rows import unit_rows


def cosine(queries_QE: AnyFloats, keys_KE: AnyFloats) -> npt.NDArray[np.float32]:
    """Cosine of every query with every key, Q x K; a zero vector is similar to nothing."""
    return np.asarray(unit_rows(queries_QE) @ unit_rows(keys_KE).T, dtype=np.float32)


def gold_ranks(similarity_QK: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Rank from 1 of key i for query i; among equals the lower index is first, as in FAISS."""
    gold_Q1 = np.diagonal(similarity_QK)[:, None]
    # Row i is true in the columns below i: the keys that come before the right key of query i.
    earlier_QK = np.tri(len(gold_Q1), similarity_QK.shape[1], k=-1, dtype=bool)
    before_QK = (similarity_QK > gold_Q1) | ((similarity_QK == gold_Q1) & earlier_QK)
    return np.asarray(before_QK.sum(axis=1) + 1, dtype=np.int64)


def search_records(
    ids: Sequence[str],
    similarity_QK: npt.NDArray[np.float32],
    ranks_Q: npt.NDArray[np.int64],
    where: Mapping[str, str],
) -> Iterator[Prediction]:
    """Yield the record of each query: the rank of its key, and what is the most similar key.

    Args:
        ids: of the queries, and of the keys in the same order.
        similarity_QK: of every query with every key.
        ranks_Q: as `gold_ranks` gives them.
        where: the language, setting and system.
    """
    best_Q = similarity_QK.argmax(axis=1)
    for i, name in enumerate(ids):
        yield {
            "id": name,
            **where,
            "rank": int(ranks_Q[i]),
            "found": ids[best_Q[i]],
            "similarity": round(float(similarity_QK[i, i]), 6),
        }


def top_hits(
    similarity_QN: npt.NDArray[np.float32],
    relevant_Q2: npt.NDArray[np.int64],
    cutoffs: Sequence[int],
) -> dict[int, npt.NDArray[np.float64]]:
    """For each k the recall of every query: the share of its two documents among the k nearest.

    Args:
        similarity_QN: similarity of queries and documents.
        relevant_Q2: the two right documents of each query.
        cutoffs: the k.
    """
    # A stable sort puts the lower index first among equal similarities.
    order_QN = np.argsort(-similarity_QN, axis=1, kind="stable")
    return {
        # The comparison has the shape Q x k x 2. `any` asks for each right document whether it is
        # among the k nearest; `mean` is over the two documents.
        k: (order_QN[:, :k, None] == relevant_Q2[:, None, :]).any(axis=1).mean(axis=1)
        for k in cutoffs
    }
