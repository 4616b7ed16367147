"""fastText's `</s>`: the entry of its vocabulary for the end of a line.

It is not a word: no dictionary has it, and no neighbor of a word should be it. So a `VectorSet`
keeps it beside its words. Where the entries are tokens it is a token like any other, and the
authors' codes count it among the words; both ask for it with `VectorSet.with_sentence_end`.

Legend: W words, E dimension.
"""

from dataclasses import dataclass

import numpy as np

from lingraft.numeric.arrays import Int64, Numbers

SENTENCE_END = "</s>"


@dataclass(frozen=True)
class SentenceEnd:
    """The entry of the end of a line."""

    position: int
    """Its place among the words, by frequency."""
    vector_E: Numbers
    count: int


def take_out(
    words: list[str], vectors_WE: Numbers, counts_W: Int64 | None
) -> tuple[list[str], Numbers, Int64 | None, SentenceEnd | None]:
    """Words, vectors and counts without the end of a line, and that entry if there is one.

    The vectors are not copied: the rows before the entry move down by one, onto it.

    Args:
        words: entries of a vocabulary.
        vectors_WE: their vectors, which nobody else holds; what comes back is a part of them.
        counts_W: their counts, if they are known.
    """
    if SENTENCE_END not in words:
        return words, vectors_WE, counts_W, None
    position = words.index(SENTENCE_END)
    count = 0 if counts_W is None else int(counts_W[position])
    end = SentenceEnd(position, vectors_WE[position].copy(), count)
    rest = words[:position] + words[position + 1 :]
    counts_W = None if counts_W is None else np.delete(counts_W, position)
    vectors_WE[1 : position + 1] = vectors_WE[:position]
    return rest, vectors_WE[1:], counts_W, end


def put_back(
    words: list[str], counts_W: Int64 | None, end: SentenceEnd
) -> tuple[list[str], Int64 | None]:
    """The opposite of `take_out` for words and counts.

    Args:
        words: words without the entry.
        counts_W: their counts, if they are known.
        end: the entry; it comes last if fewer words are left than were before it.
    """
    position = min(end.position, len(words))
    words = [*words[:position], SENTENCE_END, *words[position:]]
    if counts_W is not None:
        counts_W = np.insert(counts_W, position, end.count)
    return words, counts_W


def rows_with_end(vectors_WE: Numbers, end: SentenceEnd | None) -> list[Numbers]:
    """The vectors as parts of one matrix, the entry's at its place; none is copied.

    Args:
        vectors_WE: the words' vectors.
        end: the entry, if there is one.
    """
    if end is None:
        return [vectors_WE]
    position = min(end.position, len(vectors_WE))
    own_1E = end.vector_E[None].astype(vectors_WE.dtype)
    return [vectors_WE[:position], own_1E, vectors_WE[position:]]
