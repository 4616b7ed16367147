"""How frequent the words of a vector set are.

Legend: W words, most frequent first.
"""

import numpy as np

from lingraft.numeric.arrays import Float64
from lingraft.vectors.vectorset import VectorSet


def word_probabilities(vectors: VectorSet) -> Float64:
    """The share (W) of each word in the text that the vectors were learned from.

    Where the counts are unknown, as in files of others, it is Zipf's law: 1 / rank, scaled to one.
    """
    counts_W = vectors.counts_W
    weights_W = 1 / np.arange(1.0, 1 + len(vectors)) if counts_W is None else counts_W
    return np.asarray(weights_W / np.sum(weights_W, dtype=np.float64))
