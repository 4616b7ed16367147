"""Documents as sequences of the words that a set of vectors knows.

N documents, W different words, E dimensions of a vector.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lingraft.corpus.words import split_words
from lingraft.numeric.arrays import Float32, Int64

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet


@dataclass(frozen=True)
class WordSequences:
    """Documents as rows of a table of vectors; a document without a known word is empty."""

    table_WE: Float32
    rows: list[Int64]

    def averages(self) -> Float32:
        """The mean vector of each document (N, E); zero where no word is known."""
        means_NE = np.zeros((len(self.rows), self.table_WE.shape[1]), np.float32)
        for number, rows in enumerate(self.rows):
            if len(rows):
                means_NE[number] = self.table_WE[rows].mean(axis=0)
        return means_NE


def word_sequences(texts: Sequence[str], vectors: "VectorSet", language: str) -> WordSequences:
    """The words of texts that have a vector, in their order.

    Args:
        texts: N documents.
        vectors: gives the words their vectors, from subwords where it has a model.
        language: as in swh_Latn; decides the segmentation.
    """
    number: dict[str, int] = {}
    documents = [
        [number.setdefault(word, len(number)) for word in split_words(text, language)]
        for text in texts
    ]
    table_WE = vectors.vectors_of(number)
    is_known_W = np.asarray(table_WE.any(axis=1))
    rows = [np.array(found, np.int64) for found in documents]
    return WordSequences(table_WE, [found[is_known_W[found]] for found in rows])
