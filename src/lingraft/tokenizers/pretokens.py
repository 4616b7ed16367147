"""Text as the sequences of tokens inside of which a vocabulary may go on merging.

A tokenizer cuts text into pre-tokens (words, mostly) and each of them into tokens. No merge crosses
a pre-token; where a pre-tokenizer leaves whole texts (SentencePiece's BPE, as in Gemma), words and
lines are the limits. Special and added tokens, single bytes of SentencePiece and the unknown token
are no parts of anything.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.tokenizers.backend import row_count
from lingraft.tokenizers.token_table import BYTE_TOKEN

_BATCH = 1000
_SPACE = "▁"  # of SentencePiece


def sequences_of(backend: Any, texts: Iterable[str]) -> Counter[tuple[int, ...]]:
    """How often each sequence of two tokens or more occurs.

    Args:
        backend: a `tokenizers.Tokenizer`.
        texts: read once.
    """
    limits = _Limits(backend)
    counts: Counter[tuple[int, ...]] = Counter()
    for batch in batches(texts):
        encodings = backend.encode_batch(batch, add_special_tokens=False)
        ids = [index for encoding in encodings for index in encoding.ids]
        if not ids:
            continue
        # A pre-token has a number in its text; texts follow each other.
        words_L = np.array([word for each in encodings for word in each.word_ids], np.int64)
        texts_L = np.repeat(np.arange(len(encodings)), [len(each) for each in encodings])
        starts = limits.starts(np.array(ids, np.int64), words_L, texts_L).tolist()
        for start, end in zip(starts, [*starts[1:], len(ids)], strict=True):
            if end - start > 1:
                counts[tuple(ids[start:end])] += 1
    return counts


def count_ids(backend: Any, texts: Iterable[str]) -> NDArray[np.int64]:
    """How often each id occurs (V,)."""
    counts_V = np.zeros(row_count(backend), np.int64)
    for batch in batches(texts):
        encodings = backend.encode_batch_fast(batch, add_special_tokens=False)
        ids_L = np.fromiter((i for each in encodings for i in each.ids), np.int64)
        counts_V += np.bincount(ids_L, minlength=len(counts_V))
    return counts_V


def never_merged(backend: Any) -> set[int]:
    """Ids of tokens that are no text: special and added ones, single bytes, the unknown one."""
    state = json.loads(backend.model.__getstate__())
    vocabulary = backend.get_vocab()
    ids = {*backend.get_added_tokens_decoder(), state.get("unk_id")}
    ids.add(vocabulary.get(state.get("unk_token")))
    ids |= {index for token, index in vocabulary.items() if BYTE_TOKEN.fullmatch(token)}
    return ids - {None}


def batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts in lists, for the threads of the tokenizers library."""
    iterator = iter(texts)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


class _Limits:
    """Which tokens have a limit before or behind them."""

    def __init__(self, backend: Any) -> None:
        size = row_count(backend)
        self.before_V, self.behind_V = np.zeros(size, bool), np.zeros(size, bool)
        alone = list(never_merged(backend))
        self.before_V[alone] = self.behind_V[alone] = True
        if not _cuts_at_spaces(backend):
            for token, index in backend.get_vocab().items():
                self.before_V[index] |= token.startswith((_SPACE, "\n"))
                self.behind_V[index] |= token.endswith("\n")

    def starts(
        self, ids_L: NDArray[np.int64], words_L: NDArray[np.int64], texts_L: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Where sequences begin, from the ids, pre-tokens and texts of all tokens (L,)."""
        is_start_L = np.ones(len(ids_L), bool)
        is_start_L[1:] = (
            (words_L[1:] != words_L[:-1])
            | (texts_L[1:] != texts_L[:-1])
            | self.before_V[ids_L[1:]]
            | self.behind_V[ids_L[:-1]]
        )
        return np.flatnonzero(is_start_L)


def _cuts_at_spaces(backend: Any) -> bool:
    text = "a b" if backend.normalizer is None else backend.normalizer.normalize_str("a b")
    cutter = backend.pre_tokenizer
    return cutter is not None and len(cutter.pre_tokenize_str(text)) > 1
