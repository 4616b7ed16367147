"""Candidates for a query, and how well they are ordered.

Shapes: N texts, C candidates.
"""

import numpy as np

from lingraft.numeric.arrays import AnyFloats, Int64


def hardest_candidates(similarity_NN: AnyFloats, count: int) -> Int64:
    """For each text itself and those that are most like it, in the order of their indices.

    The order does not tell which of them the text is.

    Args:
        similarity_NN: similarity of every text with every other.
        count: candidates of a text, itself among them.

    Returns:
        Indices N x C.
    """
    similarity_NN = similarity_NN.copy()
    np.fill_diagonal(similarity_NN, np.inf)
    order_NN = np.argsort(-similarity_NN, axis=1, kind="stable")
    return np.sort(order_NN[:, :count], axis=1)


def ndcg(relevance_C: AnyFloats, similarity_C: AnyFloats, cutoff: int) -> float:
    """Discounted gain of the first documents, over that of the best order (0 to 1).

    Järvelin and Kekäläinen (2002), with the relevance as gain, as in trec_eval and BEIR; equal
    similarities share their places (McSherry and Najork, 2008).

    Args:
        relevance_C: of each document, at least 0.
        similarity_C: of each document with the query.
        cutoff: places that count.
    """
    from sklearn.metrics import ndcg_score

    return float(ndcg_score(relevance_C[None], similarity_C[None], k=cutoff))


def first_relevant_rank(relevance_C: AnyFloats, similarity_C: AnyFloats) -> int:
    """Rank from 1 of the first relevant document; among equals the lower index is first."""
    order_C = np.argsort(-similarity_C, kind="stable")
    return int((relevance_C[order_C] > 0).argmax()) + 1
