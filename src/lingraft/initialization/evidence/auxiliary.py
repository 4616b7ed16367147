"""Auxiliary vectors: what the tokens of a vocabulary mean, in a space of word vectors.

Shapes: V tokens of a vocabulary, W words, E dimensions, P pairs of a token and a word.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from tqdm import tqdm

from lingraft.errors import InputError
from lingraft.numeric.arrays import Float64, Int64
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.spelling import as_spelled
from lingraft.vectors.vectorset import VectorSet

Variants = Callable[[str], Sequence[str]]
Unit = Literal["word", "spelling", "occurrence"]

_BATCH = 20_000  # words encoded at once
_FLUSH = 4_000_000  # pairs gathered before they are multiplied


def stripped(table: TokenTable) -> list[str]:
    """`tokenizer.decode` of each id without space around: what WECHSEL and FOCUS look up."""
    return [text.strip() for text in table.decoded]


def text_vectors(texts: Sequence[str], vectors: VectorSet, *, verbatim: bool = False) -> Float64:
    """Vector of each token's text (V, E) in float64; zeros where there is none.

    With a fastText model a text that is not a known word has the mean of its character n-grams
    (WECHSEL, section 3.1).

    Args:
        texts: the text of each token.
        vectors: word vectors, with or without a fastText model.
        verbatim: look texts up as the authors of WECHSEL and FOCUS do: as they are and not as the
            vectors spell them, and an empty one as fastText does (the vector of the n-gram `<>` of
            its edges, where n-grams are so short).
    """
    spelled = texts if verbatim else as_spelled(texts, vectors)
    found_VE = vectors.vectors_of(spelled).astype(np.float64)
    if verbatim and vectors.model is not None:
        # numpy takes a list of booleans as a mask of the rows.
        found_VE[[not text for text in texts]] = vectors.model.get_word_vector("")
    return checked(found_VE)


def word_means(
    table: TokenTable,
    words: Sequence[str],
    vectors_WE: NDArray[Any],
    weights_W: Float64 | None = None,
    *,
    variants: Variants = lambda word: (word, " " + word),
    counted: Unit = "word",
) -> Float64:
    """Mean vector (V, E) of the words whose tokenization contains a token; zeros if there are none.

    The words are encoded in large batches; the mean is a product of the sparse matrix of tokens
    and words with the vectors, taken in parts.

    Args:
        table: the vocabulary.
        words: texts that are tokenized.
        vectors_WE: a vector for each word.
        weights_W: weight of each word, e.g. its frequency; uniform by default.
        variants: the spellings of a word that are tokenized, e.g. with and without leading space.
        counted: whether a word counts once altogether, once for each variant that contains the
            token (as in the codes of WECHSEL and OFA), or once for each occurrence of the token in
            a variant (as in the code of RAMEN).
    """
    weights_W = np.ones(len(words)) if weights_W is None else np.asarray(weights_W, np.float64)
    # Only the columns of the words of one part are in its matrix: there may be millions of words.
    sums_VE = np.zeros((len(table), vectors_WE.shape[1]))
    totals_V = np.zeros(len(table))
    for tokens_P, words_P in _gathered(_pairs(table, words, variants, counted)):
        first, last = int(words_P.min()), int(words_P.max()) + 1
        # A pair that occurs several times is added up when the matrix is made.
        counts_VW = csr_array(
            (weights_W[words_P], (tokens_P, words_P - first)), shape=(len(table), last - first)
        )
        sums_VE += counts_VW @ np.asarray(vectors_WE[first:last], np.float64)
        totals_V += counts_VW.sum(axis=1)
    # A token in no word keeps its zeros: 0 / 1 and not 0 / 0.
    return checked(sums_VE / np.where(totals_V > 0, totals_V, 1.0)[:, None])


def words_of_tokens(
    table: TokenTable,
    words: Sequence[str],
    most: int,
    *,
    variants: Variants,
    counted: Unit = "word",
) -> list[list[int]]:
    """The places of the words whose tokenization contains a token, for each token, rising.

    Args:
        table: the vocabulary.
        words: texts that are tokenized, the most frequent first.
        most: the words of a token, the first ones.
        variants: as in `word_means`.
        counted: as in `word_means`.
    """
    parts = list(_pairs(table, words, variants, counted))
    if not parts:
        return [[] for _ in range(len(table))]
    tokens_P, words_P = _joined(parts)
    # Stable: the words of a token stay in their order.
    order_P = np.argsort(tokens_P, kind="stable")
    bounds = np.searchsorted(tokens_P[order_P], np.arange(len(table) + 1))
    sorted_P = words_P[order_P]
    return [sorted_P[first : min(last, first + most)].tolist() for first, last in pairwise(bounds)]


def _pairs(
    table: TokenTable, words: Sequence[str], variants: Variants, counted: Unit
) -> Iterator[tuple[Int64, Int64]]:
    """Pairs of token and word, batch by batch; each as often as it counts."""
    backend = table.tokenizer.backend_tokenizer
    progress = tqdm(range(0, len(words), _BATCH), desc="tokenize words", disable=None)
    for start in progress:
        spellings = [variants(word) for word in words[start : start + _BATCH]]
        flat = list(chain.from_iterable(spellings))
        encodings = backend.encode_batch_fast(flat, add_special_tokens=False)
        ids = [encoding.ids for encoding in encodings]
        lengths = np.fromiter(map(len, ids), np.int64, len(ids))
        tokens_P = np.fromiter(chain.from_iterable(ids), np.int64, int(lengths.sum()))
        # For each spelling the number of its word in the batch.
        word_of = np.repeat(np.arange(len(spellings)), [len(each) for each in spellings])
        if counted == "occurrence":
            yield tokens_P, np.repeat(word_of, lengths) + start
            continue
        # A pair of unit and token is one number, so that `unique` counts a token once in a unit.
        units = np.arange(len(flat)) if counted == "spelling" else word_of
        unique_P = np.unique(np.repeat(units, lengths) * len(table) + tokens_P)
        units_P, tokens_P = unique_P // len(table), unique_P % len(table)
        yield tokens_P, (word_of[units_P] if counted == "spelling" else units_P) + start


def _gathered(pairs: Iterator[tuple[Int64, Int64]]) -> Iterator[tuple[Int64, Int64]]:
    waiting: list[tuple[Int64, Int64]] = []
    for part in pairs:
        if len(part[0]):
            waiting.append(part)
        if sum(len(tokens_P) for tokens_P, _ in waiting) >= _FLUSH:
            yield _joined(waiting)
            waiting = []
    if waiting:
        yield _joined(waiting)


def _joined(parts: Sequence[tuple[Int64, Int64]]) -> tuple[Int64, Int64]:
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def checked(vectors_VE: Float64) -> Float64:
    """The vectors, if they are finite.

    Raises:
        InputError: there is NaN or infinity among them.
    """
    if not np.isfinite(vectors_VE).all():
        raise InputError("word vectors have NaN or infinity in them; train or download them again")
    return vectors_VE


def known(vectors_VE: NDArray[Any]) -> NDArray[np.bool_]:
    """True for tokens that have a vector (V,)."""
    return np.asarray(np.any(vectors_VE != 0, axis=1))
