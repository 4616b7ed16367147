"""What a text costs without a model: the rows that bits per byte are read beside.

Bits per byte follow the vocabulary too: with fewer tokens for a byte, even the uniform
distribution needs fewer bits. A model above the row `unigram` or `bigram` of its own vocabulary
knows less of a text than counts of its tokens do.

Shapes: N predicted tokens, W windows.
"""

import hashlib
import math
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lingraft.artifacts import CorpusFacts, open_given
from lingraft.corpus.records import has_records, stream_texts
from lingraft.corpus.token_files import Specials
from lingraft.evaluation.measures.ngrams import NgramCounts
from lingraft.models.scoring.losses import DocumentLoss, document_losses, summarize
from lingraft.models.scoring.windows import IGNORED, DocumentWindows
from lingraft.numeric.arrays import Float64, Int64
from lingraft.tokenizers.encoding import Encoder, encode_agreed
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.sampling import Share, sample, shares


def bits_per_byte(
    tokenizer: Path, corpus: Path, text: DocumentWindows, causal: bool, most_bytes: int | None
) -> dict[str, tuple[float, float]]:
    """The bits per byte of each distribution, and their standard error.

    Args:
        tokenizer: the folder of the model's tokenizer.
        corpus: its training part is counted.
        text: the held-out documents as the model predicts them.
        causal: whether every token is predicted.
        most_bytes: of the training part; None takes everything.
    """
    losses = losses_on_corpus(tokenizer, corpus, text, causal, most_bytes)
    return {name: summarize(own, causal)["bits_per_byte"] for name, own in losses.items()}


def losses_on_corpus(
    tokenizer: Path, corpus: Path, text: DocumentWindows, causal: bool, most_bytes: int | None
) -> dict[str, list[DocumentLoss]]:
    """The losses of each document under the distributions that are counted on a corpus.

    Args:
        tokenizer: the folder of the model's tokenizer.
        corpus: its training part is counted.
        text: the documents as the model predicts them.
        causal: whether every token is predicted.
        most_bytes: of the training part; None takes everything.
    """
    counts = count_training_part(load_tokenizer(tokenizer), corpus, most_bytes)
    return reference_losses(text, counts, causal)


def fingerprint_of(text: DocumentWindows) -> str:
    """A digest of what is predicted, where."""
    digest = hashlib.sha256()
    for window in text.windows:
        digest.update(str(window.document).encode() + array("i", window.labels).tobytes())
    return digest.hexdigest()


def reference_losses(
    text: DocumentWindows, counts: NgramCounts, causal: bool
) -> dict[str, list[DocumentLoss]]:
    """The losses of each document under the distributions, by name, on the predicted tokens.

    Args:
        text: the documents as a model predicts them.
        counts: of the training part; without any token, only `uniform` is known.
        causal: every token is predicted, so bigrams are known too.
    """
    ids_N, contexts_N, windows_N = _predicted(text, counts.size)
    chances = {"uniform": counts.uniform(ids_N)}
    if counts.tokens_S.any():
        chances["unigram"] = counts.unigram(ids_N)
        if causal:
            chances["bigram"] = counts.bigram(ids_N, contexts_N)
    return {name: _losses(text, p_N, windows_N) for name, p_N in chances.items()}


def count_training_part(tokenizer: Any, corpus: Path, most_bytes: int | None) -> NgramCounts:
    """Count the tokens of a corpus's training part, or of a sample of it by the hash of the ids.

    Args:
        tokenizer: is left as one that takes special tokens in a text for text.
        corpus: a corpus, or any folder with its files; it may have no training part.
        most_bytes: of the sample; None takes everything.
    """
    ids = tokenizer.get_vocab().values()
    size = max(ids) + 1

    def count(encoder: Encoder) -> NgramCounts:
        batches = (ids_N for ids_N, _ in encoder.encode(training_texts(corpus, most_bytes)))
        return NgramCounts.of(batches, len(ids), size)

    return encode_agreed(tokenizer, Specials(vocabulary_size=size, separator=size), count)


def training_texts(corpus: Path, most_bytes: int | None) -> Iterator[str]:
    """Yield texts of a corpus's training part, drawn by the hash of their ids.

    Args:
        corpus: without a training part there are none.
        most_bytes: about how much; None takes everything.
    """
    if not has_records(corpus, "train"):
        return
    every = Share(1, math.inf)
    share = every if most_bytes is None else shares([_size(corpus)], most_bytes, 1)[0]
    yield from sample(stream_texts(corpus, "train"), share)


def _size(corpus: Path) -> int:
    """Bytes of the training part, at least one."""
    if artifact := open_given(corpus, CorpusFacts):
        known = artifact.facts.splits.get("train", {}).get("bytes")
        if known:
            return int(known)
    return max(1, sum(len(text.text.encode()) for text in stream_texts(corpus, "train")))


def _predicted(text: DocumentWindows, beginning: int) -> tuple[Int64, Int64, Int64]:
    """Each predicted token, the one before it in its document, and the number of its window."""
    ids: list[int] = []
    contexts: list[int] = []
    windows: list[int] = []
    document, before = -1, beginning
    for number, window in enumerate(text.windows):
        if window.document != document:
            document, before = window.document, beginning
        for label in window.labels:
            if label != IGNORED:
                ids.append(label)
                contexts.append(before)
                windows.append(number)
                before = label
    return np.array(ids, np.int64), np.array(contexts, np.int64), np.array(windows, np.int64)


def _losses(text: DocumentWindows, chances_N: Float64, windows_N: Int64) -> list[DocumentLoss]:
    losses_W = np.zeros(len(text.windows))
    np.add.at(losses_W, windows_N, -np.log(chances_N))
    return document_losses(text, losses_W)
