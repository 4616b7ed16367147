"""Rows of text for distillation: as the trained model's tokenizer cuts them, and as the teacher's.

A piece of a document ends where both have an edge. Pieces are taken as long as they have new tokens
that were seen too rarely yet, so the text is read once and each piece counts for all of its new
tokens. A row is filled with pieces, and separators between them, so hardly anything of a batch is
padding. Everything follows from the text and the order of its documents.

Shapes: N rows, L and M tokens of a row (the model's, the teacher's), P and Q tokens in spans,
K spans of a row, V rows of the vocabulary.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lingraft.config.distillation import SourceDistillation
from lingraft.corpus.token_files import Specials
from lingraft.errors import InputError
from lingraft.models.rows import padded
from lingraft.numeric.arrays import Int64
from lingraft.tokenizers.encoding import read_specials
from lingraft.tokenizers.spans import Segmentation, common_spans
from lingraft.training.batches import Batch, BatchCounts
from lingraft.training.sampler import Sampler

logger = logging.getLogger(__name__)

_TEXTS = 256  # at a time
_NAMED = 10  # of the tokens that do not occur
_LONGER = 4  # a teacher's row may have so many times the tokens of the model's


class Snippet(NamedTuple):
    """A piece or row of text in both vocabularies, and where its common spans end in each."""

    ids_L: Int64
    teacher_ids_M: Int64
    ends_K2: Int64


@dataclass(frozen=True, kw_only=True)
class PairedBatch(Batch):
    """Rows for a model and its teacher; `positions_P` and `targets_P` are all tokens in spans."""

    spans_P: Int64
    """The span of each of them, counted over the batch."""
    teacher_ids_NM: Int64
    teacher_positions_Q: Int64
    teacher_targets_Q: Int64
    teacher_real_NM: NDArray[np.bool_]
    teacher_spans_Q: Int64

    @property
    def counts(self) -> BatchCounts:
        """Spans take the place of predictions."""
        spans = int(self.spans_P[-1]) + 1
        return BatchCounts(spans, 0, len(self.ids_NL), self.ids_NL.size, self.teacher_ids_NM.size)


@dataclass(frozen=True)
class Frame:
    """How a tokenizer frames a row, and how many tokens fit into it."""

    specials: Specials
    width: int

    @classmethod
    def of(cls, tokenizer: Any, length: int) -> "Frame":
        """The frame of a tokenizer's rows of at most `length` tokens."""
        specials = read_specials(tokenizer)
        return cls(specials, length - len(specials.prefix) - len(specials.suffix))

    def build(
        self, rows: Sequence[Int64], ends: Sequence[Int64]
    ) -> tuple[Int64, NDArray[np.bool_], Int64, Int64, Int64]:
        """Ids, which of them are no padding, and of the tokens in spans: flat places, ids, spans.

        Args:
            rows: the tokens of each row.
            ends: where its spans end in them.
        """
        prefix, suffix, pad = self.specials.prefix, self.specials.suffix, self.specials.pad
        framed = [[*prefix, *row, *suffix] for row in rows]
        ids_NL = padded(framed, self.specials.separator if pad is None else pad)
        real_NL = padded([[1] * len(row) for row in framed], 0) == 1
        begins = [number * ids_NL.shape[1] + len(prefix) for number in range(len(rows))]
        places = [begin + np.arange(len(row)) for begin, row in zip(begins, rows, strict=True)]
        sizes_S = np.concatenate([np.diff(ends_K, prepend=0) for ends_K in ends])
        spans_P = np.repeat(np.arange(len(sizes_S)), sizes_S)
        return ids_NL, real_NL, np.concatenate(places), np.concatenate(rows), spans_P


class Snippets:
    """The samples of a stage by their global number.

    Args:
        rows: the rows of text.
        frames: of the model and of its teacher.
        seed: of their order.
    """

    def __init__(self, rows: Sequence[Snippet], frames: tuple[Frame, Frame], seed: int) -> None:
        self.rows, self.frames = rows, frames
        self.sampler = Sampler([len(rows)], [1.0], seed)

    def batch(self, samples_N: NDArray[np.int64]) -> PairedBatch:
        """The batch of these samples; the same for the same numbers, always."""
        rows = [self.rows[row] for row in self.sampler.draw(samples_N).rows_N.tolist()]
        own, teachers = self.frames
        ids_NL, real_NL, positions_P, targets_P, spans_P = own.build(
            [row.ids_L for row in rows], [row.ends_K2[:, 0] for row in rows]
        )
        ids_NM, real_NM, positions_Q, targets_Q, spans_Q = teachers.build(
            [row.teacher_ids_M for row in rows], [row.ends_K2[:, 1] for row in rows]
        )
        return PairedBatch(
            ids_NL,
            positions_P,
            targets_P,
            real_NL,
            spans_P=spans_P,
            teacher_ids_NM=ids_NM,
            teacher_positions_Q=positions_Q,
            teacher_targets_Q=targets_Q,
            teacher_real_NM=real_NM,
            teacher_spans_Q=spans_Q,
        )


def frames_of(
    tokenizers: tuple[Any, Any], length: int, most_positions: int | None
) -> tuple[Frame, Frame]:
    """The frames of a model's rows and of its teacher's.

    Args:
        tokenizers: the model's and the teacher's.
        length: tokens of a row of the model.
        most_positions: how many the teacher has.
    """
    longest = min(_LONGER * length, most_positions or _LONGER * length)
    return Frame.of(tokenizers[0], length), Frame.of(tokenizers[1], longest)


def collect(
    texts: Iterable[str],
    tokenizers: tuple[Any, Any],
    frames: tuple[Frame, Frame],
    new_V: NDArray[np.bool_],
    settings: SourceDistillation,
) -> tuple[list[Snippet], Int64]:
    """Rows of text with enough of each new token, and how often each token of the text is in them.

    Args:
        texts: the documents.
        tokenizers: of the model and of its teacher.
        frames: their rows.
        new_V: which rows of the vocabulary are new.
        settings: how many occurrences, in how many documents.

    Raises:
        InputError: no row has a new token.
    """
    seen_V = np.zeros(len(new_V), np.int64)
    pieces = _cut(islice(texts, settings.documents), tokenizers, frames)
    rows = list(_filled(_wanted(pieces, new_V, seen_V, settings.snippets), frames))
    if not rows:
        raise InputError(
            f"distillation: none of the {int(new_V.sum())} new tokens is in the first "
            f"{settings.documents} training documents; train on other text, or raise `documents`"
        )
    return rows, seen_V


def tell(rows: Sequence[Snippet], seen_V: Int64, new_V: NDArray[np.bool_], tokenizer: Any) -> None:
    """Log how many tokens one pass over the rows reads, and which new tokens do not occur.

    Args:
        rows: what was collected.
        seen_V: occurrences by token.
        new_V: which rows of the vocabulary are new.
        tokenizer: of the model, for the names.
    """
    found = int((new_V & (seen_V > 0)).sum())
    logger.info(
        "distillation: %d rows with %d of %d new tokens; a pass reads %d tokens and the teacher %d",
        len(rows), found, int(new_V.sum()), sum(len(row.ids_L) for row in rows),
        sum(len(row.teacher_ids_M) for row in rows),
    )  # fmt: skip
    absent = np.flatnonzero(new_V & (seen_V == 0)).tolist()
    if absent:
        names = " ".join(tokenizer.decode(index).strip() for index in absent[:_NAMED])
        logger.warning("distillation: %d new tokens do not occur: %s ...", len(absent), names)


def _wanted(
    pieces: Iterable[Snippet], new_V: NDArray[np.bool_], seen_V: Int64, snippets: int | None
) -> Iterator[Snippet]:
    """Pieces with a new token that was seen too rarely; occurrences are counted in `seen_V`."""
    for piece in pieces:
        if snippets is not None:
            missing_V = new_V & (seen_V < snippets)
            if not missing_V.any():
                return
            if not missing_V[piece.ids_L].any():
                continue
        np.add.at(seen_V, piece.ids_L, 1)
        yield piece


def _filled(pieces: Iterable[Snippet], frames: tuple[Frame, Frame]) -> Iterator[Snippet]:
    """Rows of as many pieces as fit, in their order."""
    separators = [np.array([frame.specials.separator], np.int64) for frame in frames]
    row: Snippet | None = None
    for piece in pieces:
        if row is None:
            row = piece
            continue
        parts = [
            np.concatenate([own, separator, more])
            for own, separator, more in zip(row[:2], separators, piece[:2], strict=True)
        ]
        if any(len(part) > frame.width for part, frame in zip(parts, frames, strict=True)):
            yield row
            row = piece
            continue
        begin = row.ends_K2[-1:] + 1  # a separator is a span of its own
        row = Snippet(
            parts[0], parts[1], np.concatenate([row.ends_K2, begin, piece.ends_K2 + begin])
        )
    if row is not None:
        yield row


def _cut(
    texts: Iterable[str], tokenizers: tuple[Any, Any], frames: tuple[Frame, Frame]
) -> Iterator[Snippet]:
    widths = np.array([frame.width for frame in frames])
    waiting = iter(texts)
    while group := list(islice(waiting, _TEXTS)):
        pairs = zip(*(Segmentation.of(tokenizer, group) for tokenizer in tokenizers), strict=True)
        for own, teachers in pairs:
            ends_K2 = common_spans(own, teachers)
            for first, last in _rows_within(ends_K2, widths):
                begin = ends_K2[first - 1] if first else np.zeros(2, np.int64)
                end = ends_K2[last - 1]
                yield Snippet(
                    own.ids_N[begin[0] : end[0]],
                    teachers.ids_N[begin[1] : end[1]],
                    ends_K2[first:last] - begin,
                )


def _rows_within(ends_K2: Int64, widths: Int64) -> Iterator[tuple[int, int]]:
    """Ranges of spans that fit into a row, as long as possible; a span that fits none is left out.

    Args:
        ends_K2: where the spans of a document end.
        widths: the most tokens of a row, in both vocabularies.
    """
    sizes_K2 = np.diff(ends_K2, axis=0, prepend=0).tolist()
    first, filled = 0, [0, 0]
    for number, size in enumerate(sizes_K2):
        if any(n + more > width for n, more, width in zip(filled, size, widths, strict=True)):
            if number > first:
                yield first, number
            first, filled = number, [0, 0]
        if any(more > width for more, width in zip(size, widths, strict=True)):
            first = number + 1
            continue
        filled = [n + more for n, more in zip(filled, size, strict=True)]
    if len(sizes_K2) > first:
        yield first, len(sizes_K2)
