"""How frequent the words of a vector set are.

Legend: W words, most frequent first.
"""

import numpy as np

from lingraft.numeric.arrays import Float64
from lingraft.vectors.vectorset import VectorSet


def word_frequencies(vectors: VectorSet) -> Float64:
    """The count (W) of each word, or 1 / rank (Zipf's law) where the counts are unknown, as in
    files of others."""
    if vectors.counts_W is not None and vectors.counts_W.any():
        return vectors.counts_W.astype(np.float64)
    return np.asarray(1.0 / np.arange(1, len(vectors) + 1))


def word_probabilities(vectors: VectorSet) -> Float64:
    """The share (W) of each word in the text that the vectors were learned from."""
    frequencies_W = word_frequencies(vectors)
    return np.asarray(frequencies_W / frequencies_W.sum())
