"""Vectors of sentences from those of their words: smooth inverse frequency (Arora et al., 2017).

A sentence is the mean of its words' vectors, of which a frequent word's counts little: a / (a +
p(w)). What all sentences have in common is then subtracted: their projections on the first right
singular vectors, without centering.

Legend: S sentences, U different words, E dimension, C components.
"""

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
from scipy import sparse

from lingraft.numeric.arrays import AnyFloats, Float64
from lingraft.vectors.frequencies import word_probabilities
from lingraft.vectors.vectorset import VectorSet


def weighted_means(
    sentences: Sequence[Sequence[str]],
    vectors: VectorSet,
    to_common: Callable[[AnyFloats], AnyFloats],
    weight: float,
) -> Float64:
    """The mean (S, E) of each sentence's mapped word vectors, each times a / (a + p(w)).

    The mean is over the words that have a vector. A word that only the set's subword model knows
    has p(w) = 0. A sentence without a known word is zero.

    Args:
        sentences: their words.
        vectors: the words' vectors and counts.
        to_common: maps vectors into the space that both languages share.
        weight: a of the formula.
    """
    index: dict[str, int] = {}
    columns = [index.setdefault(word, len(index)) for word in chain.from_iterable(sentences)]
    rows = np.repeat(np.arange(len(sentences)), [len(words) for words in sentences])
    counts_SU = sparse.csr_array(
        (np.ones(len(columns)), (rows, columns)), shape=(len(sentences), len(index))
    )
    raw_UE = vectors.vectors_of(index)
    is_known_U = raw_UE.any(axis=1)
    shares = word_probabilities(vectors)
    places = [vectors.index.get(word) for word in index]
    probabilities_U = np.array([0.0 if place is None else shares[place] for place in places])
    weights_U = is_known_U * weight / (weight + probabilities_U)
    mapped_UE = np.asarray(to_common(raw_UE), dtype=np.float64)
    known_S = counts_SU @ is_known_U.astype(np.float64)
    sums_SE = counts_SU @ (weights_U[:, None] * mapped_UE)
    return np.asarray(sums_SE / np.maximum(known_S, 1)[:, None])


def without_common(vectors_SE: Float64, components: int) -> Float64:
    """The vectors (S, E) without their projections on the first right singular vectors of all.

    Args:
        vectors_SE: of one language.
        components: C, how many; 0 leaves the vectors as they are.
    """
    if components == 0:
        return vectors_SE
    common_CE = np.linalg.svd(vectors_SE, full_matrices=False)[2][:components]
    return np.asarray(vectors_SE - vectors_SE @ common_CE.T @ common_CE)
