"""The collection of LIMIT: documents that share attributes, and queries that ask for one.

Shapes: N documents, Q queries.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lingraft.corpus.records import has_records, read_texts
from lingraft.corpus.words import split_words

_SHORTEST_WORD = 2  # characters: one is mostly a particle or a letter of a list


@dataclass(frozen=True)
class LimitCollection:
    """Names of N documents, attributes that Q queries ask for, and the two documents of each."""

    names: list[str]
    attributes: list[str]
    relevant_Q2: npt.NDArray[np.int64]

    def texts(self, document: str, query: str) -> tuple[list[str], list[str]]:
        """The documents and the queries.

        Args:
            document: template with `{name}` and `{attributes}`.
            query: template with `{attribute}`.
        """
        own: list[list[str]] = [[] for _ in self.names]
        for attribute, pair in zip(self.attributes, self.relevant_Q2, strict=True):
            for number in pair:
                own[number].append(attribute)
        documents = [
            document.format(name=name.title(), attributes=", ".join(attributes))
            for name, attributes in zip(self.names, own, strict=True)
        ]
        return documents, [query.format(attribute=attribute) for attribute in self.attributes]


def frequent_words(corpus: Path, language: str) -> list[str]:
    """The corpus's words, most frequent first; ties in alphabetical order."""
    counts: Counter[str] = Counter()
    for split in ("train", "valid"):
        if has_records(corpus, split):
            for document in read_texts(corpus, split):
                counts.update(split_words(document.text.lower(), language))
    words = [word for word in counts if len(word) >= _SHORTEST_WORD and word.isalpha()]
    return sorted(words, key=lambda word: (-counts[word], word))


def generate(words: Sequence[str], documents: int, queries: int, seed: int) -> LimitCollection:
    """Draw names and attributes, which are different words, and a pair of documents for each query.

    Args:
        words: most frequent first; with fewer than are wanted, there are fewer queries.
        documents: number of documents N.
        queries: the most queries; there are no more than pairs of documents.
        seed: of the draw.
    """
    random = np.random.default_rng(seed)
    pairs = list(itertools.combinations(range(documents), 2))
    wanted = min(queries, len(pairs), max(0, len(words) - documents))
    chosen = random.permutation(np.array(words[: documents + wanted], dtype=object))
    order = random.permutation(len(pairs))[:wanted]
    # Without reshape, an empty list would give the shape (0,) and not (0, 2).
    relevant_Q2 = np.array([pairs[i] for i in order], dtype=np.int64).reshape(-1, 2)
    names, attributes = chosen[:documents], chosen[documents:]
    return LimitCollection(list(map(str, names)), list(map(str, attributes)), relevant_Q2)
