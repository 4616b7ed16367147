"""Documents as rows of forward passes, with the tokens that are predicted in each.

A masked model predicts a fixed draw of tokens: the masks of a document are a function of the seed
and the document's id, so they are the same at every checkpoint and in every batch size. A causal
model predicts every token of a document, the first from the token that stands before a document in
training, in windows as lm-eval's rolling log-likelihood has them.

Shapes: P predicted places, N places of a document.
"""

import hashlib
from array import array
from collections.abc import Iterator, MutableSequence, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lingraft.config.pretraining import Masking
from lingraft.corpus.documents import Document
from lingraft.models.objective import is_causal
from lingraft.models.rows import longest_input
from lingraft.models.scoring.hiding import replace_hidden
from lingraft.models.scoring.settings import HeldOutMeasure
from lingraft.tokenizers.separators import prefix_id

IGNORED = -100  # label of a position that is not predicted
_TOGETHER = 1000  # documents
_SHARES = Masking()  # 80 % mask token, 10 % a random token, 10 % left as they are

Pieces = Sequence[tuple[list[int], list[int]]]


@dataclass(frozen=True)
class LossWindow:
    """One row of a forward pass: `labels[i]` is the token to predict from position i's output."""

    document: int
    inputs: MutableSequence[int]
    labels: MutableSequence[int]

    @property
    def predictions(self) -> int:
        """Number of its tokens that are predicted."""
        return sum(label != IGNORED for label in self.labels)


@dataclass(frozen=True)
class DocumentWindows:
    """Documents as windows; the numbers are by document, in order.

    Attributes:
        windows: of all documents, each with the number of its document.
        padding: the id behind the end of a window; the attention mask hides it.
        tokens: number of a document's tokens, special ones not counted.
        bytes: of a document's text in UTF-8, as it was before a normalizer.
    """

    windows: list[LossWindow]
    padding: int
    tokens: list[int]
    bytes: list[int]


def cut_documents(
    model: Any, tokenizer: Any, documents: Sequence[Document], measure: HeldOutMeasure
) -> DocumentWindows:
    """Cut documents into windows, and hide what a masked model has to predict.

    Args:
        model: a masked or causal model; its weights change nothing here.
        tokenizer: the model's tokenizer.
        documents: none empty.
        measure: length of the windows, where the model does not read less, and the masks.
    """
    length = min(measure.sequence_length, longest_input(model, tokenizer))
    cut = _causal if is_causal(model.config) else _masked
    windows: list[LossWindow] = []
    tokens: list[int] = []
    # Some at a time, and compact: the documents may be those of a large corpus, and a training has
    # their windows on each process.
    for first in range(0, len(documents), _TOGETHER):
        for own, count in cut(tokenizer, documents[first : first + _TOGETHER], length, measure):
            windows += [_compact(window, len(tokens)) for window in own]
            tokens.append(count)
    # GPT-2 has no padding token. Any id can pad, since the attention mask hides these positions.
    # Bytes of what people wrote: a normalizer cannot make a model look better.
    sizes = [document.bytes for document in documents]
    return DocumentWindows(windows, tokenizer.pad_token_id or 0, tokens, sizes)


def _compact(window: LossWindow, document: int) -> LossWindow:
    return LossWindow(document, array("i", window.inputs), array("i", window.labels))


def _causal(
    tokenizer: Any, documents: Sequence[Document], length: int, measure: HeldOutMeasure
) -> Iterator[tuple[list[LossWindow], int]]:
    """Windows and number of tokens of each document."""
    prefix = prefix_id(tokenizer, measure.prefix)
    texts = [document.text for document in documents]
    for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]:
        yield causal_windows(0, ids, prefix, length), len(ids)


def _masked(
    tokenizer: Any, documents: Sequence[Document], length: int, measure: HeldOutMeasure
) -> Iterator[tuple[list[LossWindow], int]]:
    """Windows and number of tokens of each document."""
    texts = [document.text for document in documents]
    found = masked_pieces(tokenizer, texts, length)
    for document, pieces in zip(documents, found, strict=True):
        windows = masked_windows(
            0, pieces, document.id, mask_probability=measure.mask_probability, seed=measure.seed,
            mask_id=tokenizer.mask_token_id, vocabulary=len(tokenizer),
        )  # fmt: skip
        # A window without labels would cost a forward pass and add nothing.
        labelled = [window for window in windows if window.predictions]
        yield labelled, sum(s == 0 for _, special in pieces for s in special)


def masked_windows(
    document: int,
    pieces: Pieces,
    name: str,
    *,
    mask_probability: float,
    seed: int,
    mask_id: int,
    vocabulary: int,
) -> list[LossWindow]:
    """Hide tokens of a document: most become the mask token, some a random one, some stay.

    At least one token of a document is predicted, whatever its length.

    Args:
        document: index that the windows carry.
        pieces: ids and special-token mask of each window.
        name: the document's id; with the seed it determines the masks.
        mask_probability: share of the tokens that are predicted.
        seed: of the masks.
        mask_id: id of the mask token.
        vocabulary: number of tokens that a random token is drawn from.
    """
    # Philox takes a key of 128 bits, which is 16 bytes of the digest. Python's hash() is no
    # alternative: for a text it differs from process to process.
    digest = hashlib.sha256(f"{seed}\0{name}".encode()).digest()[:16]
    random = np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))
    places = [
        (w, t) for w, (_, special) in enumerate(pieces) for t, s in enumerate(special) if not s
    ]
    draws_N = random.random(len(places))
    # The comparison is strict. A threshold a little above the smallest draw selects at least one
    # place; `initial` allows a document without places.
    chosen_N = draws_N < max(mask_probability, draws_N.min(initial=1.0) + 1e-12)
    # Every place gets these draws, chosen or not. So another mask_probability does not change what
    # replaces a token.
    fates_N, others_N = random.random(len(places)), random.integers(vocabulary, size=len(places))
    windows = [LossWindow(document, list(ids), [IGNORED] * len(ids)) for ids, _ in pieces]
    chosen = [places[n] for n in np.flatnonzero(chosen_N)]
    ids_P = np.array([windows[w].inputs[t] for w, t in chosen], dtype=np.int64)
    hidden_P = replace_hidden(ids_P, fates_N[chosen_N], others_N[chosen_N], mask_id, _SHARES)
    for (w, t), original, hidden in zip(chosen, ids_P.tolist(), hidden_P.tolist(), strict=True):
        windows[w].labels[t] = original
        windows[w].inputs[t] = hidden
    return windows


def causal_windows(document: int, ids: Sequence[int], prefix: int, length: int) -> list[LossWindow]:
    """Windows of at most `length` inputs in which every token is predicted exactly once.

    The last window reaches back for context, so that it is as long as the others.

    Args:
        document: index that the windows carry.
        ids: tokens of the document.
        prefix: the token from which the first one is predicted.
        length: the most inputs of a window.
    """
    # With the prefix in front, the output at tokens[i] predicts ids[i]. The labels are shifted
    # here, and nowhere later.
    tokens = [prefix, *ids]
    windows = []
    for start in range(0, len(ids), length):
        end = min(start + length, len(ids))
        first = max(0, end - length)
        labels = [IGNORED] * (start - first) + list(ids[start:end])
        windows.append(LossWindow(document, tokens[first:end], labels))
    return windows


def masked_pieces(
    tokenizer: Any, texts: Sequence[str], length: int
) -> list[list[tuple[list[int], list[int]]]]:
    """Cut each text into windows: (ids, special-token mask) of each.

    Args:
        tokenizer: of a masked model.
        texts: the texts.
        length: the most tokens of a window, special tokens included.
    """
    # A fast tokenizer returns the rest of a long text as further rows. Row r belongs to the text
    # overflow_to_sample_mapping[r].
    encoded = tokenizer(
        list(texts),
        truncation=True,
        max_length=length,
        return_overflowing_tokens=True,
        return_special_tokens_mask=True,
    )
    pieces: list[list[tuple[list[int], list[int]]]] = [[] for _ in texts]
    for text, ids, special in zip(
        encoded["overflow_to_sample_mapping"],
        encoded["input_ids"],
        encoded["special_tokens_mask"],
        strict=True,
    ):
        pieces[text].append((ids, special))
    return pieces
