"""Texts that a model reads in long tokens, and how it goes on: the losses, and the time.

A document has a beginning, which is read, and a rest, which is predicted. The place between them is
one at which tokens of all vocabularies end; so the rest is the same bytes for all of them.

Shapes: P predicted places, H hidden size, W windows.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from lingraft.corpus.documents import Document
from lingraft.evaluation.measures.large_vocabulary import LargeVocabulary
from lingraft.models.heads import hidden_states
from lingraft.models.scoring.losses import DocumentLoss, document_losses, window_losses
from lingraft.models.scoring.windows import IGNORED, DocumentWindows, LossWindow

_FEW_CHARACTERS = 20  # a shorter beginning says little of how it goes on
_REPEATS = 3  # the fastest one counts: other work only slows down

Cutter = Callable[[Sequence[str]], list[list[int]]]


@dataclass(frozen=True)
class ReadText:
    """A document in tokens, with the place where reading ends and predicting begins.

    Attributes:
        id: of the document.
        text: of the document.
        ids: the model's own tokens, cut off where the model reads no more.
        place: how many of them are read.
        character: where the rest begins in the text.
        read_bytes, bytes: of what is read, and of what is predicted.
    """

    id: str
    text: str
    ids: Sequence[int]
    place: int
    character: int
    read_bytes: int
    bytes: int


def divided(
    documents: Sequence[Document],
    tokenizer: Any,
    vocabulary: LargeVocabulary,
    share: float,
    length: int,
) -> list[ReadText]:
    """Documents with the place where reading ends; those that have no such place are left out.

    Args:
        documents: the documents.
        tokenizer: the model's own.
        vocabulary: the largest one; of smaller ones that it goes on from, tokens end there too.
        share: of a document's own tokens that are read, as near as there is a place.
        length: the most own tokens of a document; the rest is cut off.
    """
    if not documents:
        return []
    texts = [document.text for document in documents]
    own = tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True)
    found = []
    for number, (document, rows) in enumerate(zip(documents, vocabulary.cut(texts), strict=True)):
        ids, offsets = own["input_ids"][number], own["offset_mapping"][number]
        # What is not made of the model's own tokens has no common places.
        if [piece for row in rows for piece in vocabulary.pieces_of(row)] != ids:
            continue
        lengths = (len(vocabulary.pieces_of(row)) for row in rows)
        ends = [end for end in accumulate(lengths) if end <= length and _is_clean(offsets, end)]
        if len(ends) < 2:
            continue
        *places, end = ends
        place = min(places, key=lambda place: (abs(place - share * end), place))
        parts = offsets[place - 1][1], offsets[end - 1][1]
        sizes = [len(document.text[: parts[0]].encode()), len(document.text[: parts[1]].encode())]
        # Bytes are those of what people wrote, before a normalizer.
        factor = document.bytes / max(1, len(document.text.encode()))
        before, whole = (round(factor * size) for size in sizes)
        if whole > before:
            own_ids = ids[:end]
            found.append(
                ReadText(
                    document.id, document.text, own_ids, place, parts[0], before, whole - before
                )
            )
    return found


def _is_clean(offsets: Sequence[tuple[int, int]], end: int) -> bool:
    """Whether tokens end between two characters: a token may be a byte of one."""
    return end == len(offsets) or offsets[end - 1][1] <= offsets[end][0]


@dataclass(frozen=True)
class Cut:
    """A text as rows of a model's matrices: what is read, and what is predicted."""

    read: Sequence[int]
    rest: Sequence[int]


@dataclass(frozen=True)
class DividedCorpus:
    """The held-out texts of a corpus, divided and cut, beside the model that reads them.

    Attributes:
        language: of the corpus.
        model, tokenizer: as they are.
        prefix: the token before a text.
        length: the most own tokens of a text.
        texts: not empty.
        own_cuts, own_losses: of the texts in the model's own tokens.
        vocabularies: larger ones.
        long_cuts: of the texts, by vocabulary.
        notes: what a reader must know of the texts.
    """

    language: str
    model: Any
    tokenizer: Any
    prefix: int
    length: int
    texts: Sequence[ReadText]
    own_cuts: Sequence[Cut]
    own_losses: Sequence[DocumentLoss]
    vocabularies: Sequence[LargeVocabulary]
    long_cuts: Sequence[Sequence[Cut]]
    notes: Sequence[str]

    def name_of(self, number: int) -> str:
        """What scores call a vocabulary."""
        return f"+{len(self.vocabularies[number].rows)}"

    def prompts(self, most: int) -> list[tuple[str, str]]:
        """Ids and beginnings of some documents: the first of those that begin with some words."""
        by_length = sorted(self.texts, key=lambda one: one.character < _FEW_CHARACTERS)
        return [(one.id, one.text[: one.character].rstrip()) for one in by_length[:most]]


def own_cuts(texts: Sequence[ReadText]) -> list[Cut]:
    """The texts in the model's own tokens."""
    return [Cut(text.ids[: text.place], text.ids[text.place :]) for text in texts]


def long_cuts(texts: Sequence[ReadText], vocabulary: LargeVocabulary) -> list[Cut]:
    """The texts in tokens of a larger vocabulary, divided at the same places."""
    cuts = []
    for text, rows in zip(texts, vocabulary.cut([text.text for text in texts]), strict=True):
        ends = list(accumulate(len(vocabulary.pieces_of(row)) for row in rows))
        place, end = ends.index(text.place) + 1, ends.index(len(text.ids)) + 1
        cuts.append(Cut(rows[:place], rows[place:end]))
    return cuts


def losses_of_rest(
    model: Any, texts: Sequence[ReadText], cuts: Sequence[Cut], prefix: int
) -> list[DocumentLoss]:
    """What the rest of each text costs, behind what is read of it.

    Args:
        model: has all rows that the cuts name.
        texts: the texts.
        cuts: what is read in one vocabulary, and what is predicted in one.
        prefix: the token before a text.
    """
    windows = [_window(number, cut, prefix) for number, cut in enumerate(cuts)]
    sizes = [len(cut.rest) for cut in cuts], [text.bytes for text in texts]
    return document_losses(
        DocumentWindows(windows, prefix, *sizes), window_losses(model, windows, prefix)
    )


def _window(number: int, cut: Cut, prefix: int) -> LossWindow:
    inputs = [prefix, *cut.read, *cut.rest[:-1]]
    return LossWindow(number, inputs, [IGNORED] * len(cut.read) + list(cut.rest))


@torch.no_grad()
def predicting_states(model: Any, cuts: Sequence[Cut], prefix: int, most: int) -> Tensor:
    """The hidden states (P, H) that predict the tokens of the rests.

    Args:
        model: has all rows that the cuts name.
        cuts: what is read, and what is predicted.
        prefix: the token before a text.
        most: of the states, those of the first texts.
    """
    found: list[Tensor] = []
    for cut in cuts:
        if sum(map(len, found)) >= most:
            break
        ids_1L = torch.tensor([_window(0, cut, prefix).inputs], device=model.device)
        found.append(hidden_states(model, ids_1L)[0, len(cut.read) :])
    return torch.cat(found)[:most]


def joined_rows(
    texts: Sequence[ReadText], ways: Sequence[Sequence[Cut]], prefix: int, length: int, most: int
) -> tuple[list[list[list[int]]], int]:
    """What is read of several texts as long rows, in several ways, and the bytes of them.

    Args:
        texts: the texts.
        ways: the texts as cut in each way, the model's own tokens first.
        prefix: the token before a text.
        length: the most own tokens of a row.
        most: of the rows.

    Returns:
        The rows of each way, which have the same texts, and their bytes.
    """
    rows: list[list[list[int]]] = [[] for _ in ways]
    filled, size = length, 0
    for text, *cuts in zip(texts, *ways, strict=True):
        added = 1 + len(cuts[0].read)
        if filled + added > length:
            if len(rows[0]) == most:
                break
            filled = 0
            for own in rows:
                own.append([])
        for own, cut in zip(rows, cuts, strict=True):
            own[-1] += [prefix, *cut.read]
        filled, size = filled + added, size + text.read_bytes
    return rows, size


@torch.no_grad()
def seconds_of(model: Any, ways: Sequence[Sequence[Sequence[int]]]) -> list[float]:
    """The time in which the model's body reads the rows of each way, one row after the other.

    It is the processor's on a CPU, which other work on the machine does not change much, and the
    clock's on a GPU. The ways take turns, and the fastest round of three counts.

    Args:
        model: has all rows that are named.
        ways: the rows of each way; as many in all of them.
    """
    hidden_states(
        model, torch.tensor([ways[0][0]], device=model.device)
    )  # the first pass allocates
    seconds = [0.0] * len(ways)
    for rows in zip(*ways, strict=True):
        tensors = [torch.tensor([row], device=model.device) for row in rows]
        rounds = [[_seconds(model, ids_1L) for ids_1L in tensors] for _ in range(_REPEATS)]
        for way, times in enumerate(zip(*rounds, strict=True)):
            seconds[way] += min(times)
    return seconds


def _seconds(model: Any, ids_1L: Tensor) -> float:
    is_gpu = model.device.type == "cuda"
    clock = time.perf_counter if is_gpu else time.process_time
    start = clock()
    hidden_states(model, ids_1L)
    if is_gpu:  # a call returns before the GPU has finished
        torch.cuda.synchronize()
    return clock() - start


def ratio(parts: Sequence[float], wholes: Sequence[float]) -> tuple[float, float]:
    """A ratio of two sums over documents, and its standard error (delta method)."""
    found, whole = sum(parts) / sum(wholes), sum(wholes)
    squares = sum((a - found * b) ** 2 for a, b in zip(parts, wholes, strict=True))
    return found, math.sqrt(squares) / whole
