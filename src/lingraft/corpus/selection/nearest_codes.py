"""How near documents are to a sample by their binary codes, and then by their vectors.

A model of paragraph vectors learns from the sample and from a draw of the documents. Then codes of
all documents are inferred, a block at a time. A document is as near as the nearest texts of the
sample: those with the fewest different bits; the cosine of the real vectors orders equal ones.

N documents of a block, S texts of the sample, W words.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
from scipy import sparse

from lingraft.corpus.selection.paragraph_vectors import (
    DocumentCodes,
    ParagraphRecipe,
    ParagraphVectors,
)
from lingraft.corpus.splitting import hash_of
from lingraft.corpus.words import split_words
from lingraft.errors import InputError
from lingraft.numeric.arrays import Float32, Float64
from lingraft.numeric.rows import unit_rows

_WORDS = 20_000  # of the vocabulary, the most frequent
_BLOCK = 256  # documents whose distances to the whole sample are held at once
_NEAREST = 5  # texts of the sample that a document is compared with


def nearness(
    sample: Sequence[str],
    texts: Callable[[], Iterator[str]],
    language: str,
    recipe: ParagraphRecipe,
    most: int,
) -> Float64:
    """How near each document is to the sample (N,); larger is nearer.

    Args:
        sample: texts that documents should be near.
        texts: starts a pass over the documents; there are two.
        language: as in swh_Latn; decides the segmentation.
        recipe: of the model, with bits and a dimension.
        most: documents that the model learns from, besides the sample.

    Raises:
        InputError: the sample has no word.
    """
    learned = [*sample, *heapq.nsmallest(most, texts(), key=hash_of)]
    counter = Counter(word for text in learned for word in _words(text, language))
    common = sorted(counter, key=lambda word: (-counter[word], word))[:_WORDS]
    index = {word: number for number, word in enumerate(common)}
    if not any(word in index for text in sample for word in _words(text, language)):
        raise InputError("the sample has no word; give it text")
    frequencies_W = np.array([counter[word] for word in common], np.float32)
    model = ParagraphVectors(recipe, frequencies_W)
    model.fit(_counts(learned, language, index))
    known = model.encode(_counts(sample, language, index))
    found = [
        _nearness(model.encode(_counts(block, language, index)), known)
        for block in _blocks(texts())
    ]
    return np.concatenate(found) if found else np.zeros(0)


def _nearness(documents: DocumentCodes, sample: DocumentCodes) -> Float64:
    different_NS = np.bitwise_count(documents.codes_NB[:, None] ^ sample.codes_NB[None])
    distances_NS = different_NS.sum(axis=2, dtype=np.int32)
    cosines_NS = _cosines(documents.vectors_NE, sample.vectors_NE)
    count = min(_NEAREST, distances_NS.shape[1])
    # A cosine is at most 1, so that a quarter of it never outweighs a bit.
    nearness_NS = cosines_NS / 4 - distances_NS
    best = np.partition(nearness_NS, -count, axis=1)[:, -count:]
    means_N: Float64 = best.mean(axis=1)
    return means_N


def _cosines(one_NE: Float32, other_SE: Float32) -> Float64:
    cosines_NS: Float64 = (unit_rows(one_NE) @ unit_rows(other_SE).T).astype(np.float64)
    return cosines_NS


def _counts(texts: Sequence[str], language: str, index: dict[str, int]) -> sparse.csr_matrix:
    rows = [
        Counter(index[word] for word in _words(text, language) if word in index) for text in texts
    ]
    ends = np.cumsum([0, *map(len, rows)])
    values = [count for row in rows for count in row.values()]
    columns = [word for row in rows for word in row]
    shape = (len(rows), len(index))
    return sparse.csr_matrix((np.array(values, np.float32), columns, ends), shape=shape)


def _words(text: str, language: str) -> list[str]:
    return split_words(text.casefold(), language)


def _blocks(texts: Iterator[str]) -> Iterator[Sequence[str]]:
    while block := list(islice(texts, _BLOCK)):
        yield block
