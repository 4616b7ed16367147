"""At which rank an alignment finds a translation of a word.

Shapes: Q queries, K neighbors.
"""

import csv
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from lingraft.errors import InputError
from lingraft.vectors.dictionaries.tsv import read_lines
from lingraft.vectors.induction import CommonSpace, seen_words
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import WordPair

_BLOCK = 4096  # query words translated at once
_DEPTH = 10  # ranks beyond count as not found


@dataclass(frozen=True)
class TranslationRank:
    """Rank from 1 of a word's first right translation, by cosine and by CSLS; 0 is not found."""

    word: str
    nearest: int
    csls: int


def read_held_out(alignment: Path) -> list[TranslationRank]:
    """The alignment's predictions on words it was not fitted on.

    Raises:
        InputError: the alignment has none.
    """
    path = alignment / "predictions.tsv"
    if not path.is_file():
        raise InputError(f"{alignment} has no predictions.tsv: align the vectors again")
    with path.open(encoding="utf-8", newline="") as stream:
        # QUOTE_NONE: a word may be a quotation mark.
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            TranslationRank(row["source"], int(row["nn_rank"]), int(row["csls_rank"]))
            for row in rows
        ]


def count_given(alignment: Path) -> int:
    """Number of source words in the dictionaries that the alignment was given."""
    metrics = orjson.loads((alignment / "metrics.json").read_bytes())
    return int(metrics["source_words"]["given"])


def known_words(
    gold: Mapping[str, Set[str]], source: VectorSet, target: VectorSet, alignment: Path
) -> set[str]:
    """The words whose translations the map was fitted on, or the vectors were made with.

    Args:
        gold: the right translations of each source word.
        source: vectors of the source language.
        target: vectors of the target language.
        alignment: folder of the alignment.
    """
    pairs = [WordPair(word, other) for word, others in gold.items() for other in others]
    seen = seen_words(source, target, pairs)
    metrics = orjson.loads((alignment / "metrics.json").read_bytes())
    if metrics.get("supervised", True):
        seen |= {pair.source.casefold() for pair in read_lines(alignment / "dictionary.tsv")}
    return {word for word in gold if word.casefold() in seen}


def translate(
    gold: Mapping[str, Set[str]], source: VectorSet, target: VectorSet, space: CommonSpace
) -> list[TranslationRank]:
    """Rank the translations of words with the final map.

    Args:
        gold: the right translations of each source word.
        source: vectors of the source language.
        target: vectors of the target language.
        space: both under the final map.

    Returns:
        A rank for each source word of which both vocabularies have a pair.
    """
    known = {
        word: {target.index[t] for t in translations if t in target.index}
        for word, translations in gold.items()
        if word in source.index
    }
    words = [word for word, translations in known.items() if translations]
    ranks = []
    for start in range(0, len(words), _BLOCK):
        block = words[start : start + _BLOCK]
        rows_Q = np.array([source.index[word] for word in block], dtype=np.int64)
        nearest_QK, _ = space.nearest(rows_Q, _DEPTH)
        csls_QK, _ = space.translate(rows_Q, _DEPTH)
        for word, nearest_K, csls_K in zip(block, nearest_QK, csls_QK, strict=True):
            right = known[word]
            ranks.append(TranslationRank(word, _rank(nearest_K, right), _rank(csls_K, right)))
    return ranks


def _rank(found_K: npt.NDArray[np.int64], gold: set[int]) -> int:
    return next((rank for rank, row in enumerate(found_K, start=1) if int(row) in gold), 0)
