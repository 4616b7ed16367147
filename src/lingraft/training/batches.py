"""From sample numbers to batches: rows with special tokens, what is predicted, who sees whom.

All objectives come down to the same: the hidden states at flat `positions_P` of the batch predict
`targets_P`. A masked model predicts what was hidden, a causal one the next token of the row. With
RetroMAE and DupMAE a decoder also rebuilds the rows; the vector that it does this from stands for
a row, so their recipes give each document rows of its own.

Shapes: N rows, L tokens of a row, P predictions, R rebuilt tokens.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from lingraft.config.pretraining import Masking, Pretraining
from lingraft.config.training_stages import FilledStage
from lingraft.corpus.token_files import Specials, TokenFile
from lingraft.errors import InputError
from lingraft.numeric.arrays import Uint64
from lingraft.training.masking import Masker
from lingraft.training.packing import BestFit, Concatenated, Packing, Rows
from lingraft.training.rebuilding import Rebuilder
from lingraft.training.recutting import Recutting
from lingraft.training.sampler import Draw, Sampler, Stream, flatten, key

_AHEAD = 2


class BatchCounts(NamedTuple):
    """How much there is to predict, in a batch or in several together."""

    predictions: int
    rebuilt: int  # tokens, by a decoder
    rows: int
    tokens: int  # padding too
    taught: int = 0  # tokens of a teacher

    @property
    def length(self) -> float:
        """Tokens of a row, on average."""
        return self.tokens / max(1, self.rows)


@dataclass(frozen=True)
class Batch:
    """Rows for one forward pass."""

    ids_NL: NDArray[np.int64]
    positions_P: NDArray[np.int64]  # flat: row * L + place
    targets_P: NDArray[np.int64]
    real_NL: NDArray[np.bool_] | None = None  # None: there is no padding
    documents_NL: NDArray[np.int64] | None = None  # None: all of a row sees all of it
    # Where a decoder rebuilds the rows:
    originals_NL: NDArray[np.int64] | None = None  # with nothing hidden
    visible_NLL: NDArray[np.bool_] | None = None  # what the decoder sees as it rebuilds a place
    rebuilt_R: NDArray[np.int64] | None = None  # flat places

    @property
    def counts(self) -> BatchCounts:
        """How much there is to predict."""
        rebuilt = 0 if self.rebuilt_R is None else len(self.rebuilt_R)
        return BatchCounts(len(self.targets_P), rebuilt, len(self.ids_NL), self.ids_NL.size)


@dataclass(frozen=True)
class TextKnowledge:
    """What some recipes need to know of the vocabulary."""

    word_starts_V: NDArray[np.bool_] | None = None
    recutting: Recutting | None = None
    """Puts other tokens of the same spelling into rows."""


class RowBuilder:
    """Puts contents between special tokens and decides what is predicted."""

    def __init__(
        self,
        specials: Specials,
        length: int,
        objective: str,
        masking: Masking,
        *,
        document_attention: bool = False,
        knowledge: TextKnowledge | None = None,
    ) -> None:
        self.specials = specials
        self.length = length
        self.document_attention = document_attention
        knowledge = knowledge or TextKnowledge()
        self.masker = (
            Masker(masking, specials, knowledge.word_starts_V) if objective == "masked" else None
        )

    @property
    def width(self) -> int:
        """Tokens of a row without what the tokenizer adds."""
        return self.length - len(self.specials.prefix) - len(self.specials.suffix)

    def build(self, rows: Rows, keys_N: Uint64) -> Batch:
        """Make a batch of rows; keys_N decide what is hidden."""
        ids_NL, real_NL = self._frame(rows)
        documents_NL = (
            None
            if rows.documents_NW is None
            else self._documents(rows.documents_NW, rows.lengths_N, real_NL)
        )
        padding = None if real_NL.all() else real_NL
        if self.masker is None:
            predicted_NL = _next_tokens(real_NL, documents_NL)
            positions_P = np.flatnonzero(predicted_NL)
            # Position + 1 is in the same row: `_next_tokens` never lets a row's last place predict.
            return Batch(
                ids_NL, positions_P, ids_NL.ravel()[positions_P + 1], padding, documents_NL
            )
        masked = self.masker.apply(ids_NL, real_NL, keys_N)
        positions_P = masked.positions_P
        return Batch(masked.ids_NL, positions_P, ids_NL.ravel()[positions_P], padding, documents_NL)

    def _frame(self, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        prefix, suffix = self.specials.prefix, self.specials.suffix
        # Without a pad token any id serves: `real_NL` hides these places.
        pad = self.specials.pad if self.specials.pad is not None else self.specials.separator
        ids_NL = np.full((len(rows.ids_NW), self.length), pad, np.int64)
        ids_NL[:, : len(prefix)] = prefix
        width = rows.ids_NW.shape[1]
        ids_NL[:, len(prefix) : len(prefix) + width] = rows.ids_NW
        ends_N = len(prefix) + rows.lengths_N
        places_L = np.arange(self.length)
        # (L,) against (N, 1) gives (N, L): the places behind the content of each row.
        if width != self.width or (rows.lengths_N < width).any():
            ids_NL[places_L >= ends_N[:, None]] = pad
        for number, token in enumerate(suffix):
            # One place in each row, because rows end at different places.
            ids_NL[np.arange(len(ids_NL)), ends_N + number] = token
        return ids_NL, places_L < (ends_N + len(suffix))[:, None]

    def _documents(
        self,
        documents_NW: NDArray[np.int64],
        lengths_N: NDArray[np.int64],
        real_NL: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        prefix = len(self.specials.prefix)
        # For each place of the row the nearest place of its content. The tokenizer's prefix thus
        # belongs to the row's first document, and its suffix to the last one.
        inner_NL = np.minimum(
            np.maximum(np.arange(self.length) - prefix, 0), lengths_N[:, None] - 1
        )
        documents_NL = np.take_along_axis(documents_NW, inner_NL, axis=1)
        return np.where(real_NL, documents_NL, -1)


def _next_tokens(
    real_NL: NDArray[np.bool_], documents_NL: NDArray[np.int64] | None
) -> NDArray[np.bool_]:
    predicted_NL = np.zeros_like(real_NL)
    # A place predicts if the place to its right is real, and is of the same document.
    predicted_NL[:, :-1] = real_NL[:, 1:]
    if documents_NL is not None:
        predicted_NL[:, :-1] &= documents_NL[:, :-1] == documents_NL[:, 1:]
    return predicted_NL


class Samples(Protocol):
    """What a stage trains on, by the global numbers of samples."""

    def batch(self, samples_N: NDArray[np.int64]) -> Batch:
        """The batch of these samples; the same for the same numbers, always."""


class TrainingData:
    """The samples of one stage by their global number."""

    def __init__(
        self,
        files: Mapping[str, TokenFile],
        recipe: Pretraining,
        stage: FilledStage,
        seed: int,
        knowledge: TextKnowledge | None = None,
    ) -> None:
        chosen = _chosen(files, stage)
        specials = next(iter(chosen.values())).meta.specials
        self.builder = RowBuilder(
            specials,
            stage.sequence_length,
            recipe.predicts,
            recipe.masking,
            document_attention=not recipe.attend_across_documents,
            knowledge=knowledge,
        )
        self.rebuilder = _rebuilder(recipe, specials, knowledge) if recipe.rebuilds else None
        self.recutting = knowledge.recutting if knowledge else None
        self.seed = seed
        width = self.builder.width
        if self.recutting is not None:
            width = self.recutting.content_width(width, list(chosen.values()))
        self._content_width = width
        self.packings = [
            _pack(file, width, recipe.packing, seed + number)
            for number, file in enumerate(chosen.values())
        ]
        _require_enough_rows(chosen, self.packings, stage)
        weights = _weights(chosen, recipe)
        self.sampler = Sampler([packing.count for packing in self.packings], weights, seed)

    def batch(self, samples_N: NDArray[np.int64]) -> Batch:
        """The batch of these samples; the same for the same numbers, always."""
        draw = self.sampler.draw(samples_N)
        keys_N = key(self.seed, Stream.MASK, samples_N)
        rows = self._read(draw)
        if self.recutting is not None:
            split_keys_N = key(self.seed, Stream.SPLIT, samples_N)
            rows = self.recutting.recut(rows, self.builder.width, split_keys_N)
        batch = self.builder.build(rows, keys_N)
        return batch if self.rebuilder is None else self._with_decoder(batch, samples_N)

    def _with_decoder(self, batch: Batch, samples_N: NDArray[np.int64]) -> Batch:
        assert self.rebuilder is not None  # noqa: S101 - for mypy
        originals_NL = batch.ids_NL.copy()
        originals_NL.ravel()[batch.positions_P] = batch.targets_P
        real_NL = np.ones_like(originals_NL, bool) if batch.real_NL is None else batch.real_NL
        keys_N = key(self.seed, Stream.DECODER, samples_N)
        found = self.rebuilder.apply(originals_NL, real_NL, keys_N)
        return replace(
            batch,
            originals_NL=originals_NL,
            visible_NLL=found.visible_NLL,
            rebuilt_R=found.places_R,
        )

    def _read(self, draw: Draw) -> Rows:
        with_documents = self.builder.document_attention
        if len(self.packings) == 1:
            return self.packings[0].read(draw.rows_N, draw.epochs_N, with_documents)
        size = (len(draw.rows_N), self._content_width)
        ids_NW = np.zeros(size, np.int64)
        documents_NW = np.zeros(size, np.int64) if with_documents else None
        lengths_N = np.zeros(len(draw.rows_N), np.int64)
        for corpus in np.unique(draw.corpora_N):
            of_N = draw.corpora_N == corpus
            part = self.packings[corpus].read(
                draw.rows_N[of_N], draw.epochs_N[of_N], with_documents
            )
            ids_NW[of_N], lengths_N[of_N] = part.ids_NW, part.lengths_N
            if documents_NW is not None:
                documents_NW[of_N] = part.documents_NW
        return Rows(ids_NW, lengths_N, documents_NW)


def check_stage(
    files: Mapping[str, TokenFile],
    recipe: Pretraining,
    stage: FilledStage,
    knowledge: TextKnowledge | None = None,
) -> None:
    """Refuse a stage that lacks corpora or weights, or text for one batch; quick.

    Args:
        files: token files of the run, by corpus.
        recipe: the recipe of the training.
        stage: the stage to check.
        knowledge: of the vocabulary, if the recipe needs it.

    Raises:
        InputError: naming what is missing.
    """
    chosen = _chosen(files, stage)
    _weights(chosen, recipe)
    tokens = sum(len(file.tokens_N) for file in chosen.values())
    if tokens < stage.batch_size * stage.sequence_length:  # else no packing makes too few rows
        TrainingData(files, recipe, stage, 0, knowledge)


def deal(
    first: int, steps: int, rows: int, accumulation: int, process: int, processes: int
) -> Iterator[NDArray[np.int64]]:
    """Sample numbers of the micro-batches of a process, step by step from sample `first` on.

    Micro-batches are dealt to the processes in turn, so that what is in them, dropout included,
    does not depend on how many processes there are.

    Args:
        first: number of the first sample.
        steps: optimizer steps.
        rows: rows of a micro-batch.
        accumulation: micro-batches of a step on each process.
        process: number of this process, from 0.
        processes: how many there are.
    """
    for number in range(steps * accumulation):
        begin = first + (number * processes + process) * rows
        yield np.arange(begin, begin + rows)


def in_background(
    data: Samples, samples: Iterable[NDArray[np.int64]]
) -> Iterator[tuple[Batch, NDArray[np.int64]]]:
    """The batches of these sample numbers, the next two made while one is worked on."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting: deque[tuple[Any, NDArray[np.int64]]] = deque()
        for samples_N in samples:
            waiting.append((pool.submit(data.batch, samples_N), samples_N))
            if len(waiting) > _AHEAD:
                # Futures leave in the order in which they entered, so batches keep theirs.
                made, of_N = waiting.popleft()
                yield made.result(), of_N
        for made, of_N in waiting:
            yield made.result(), of_N


def _chosen(files: Mapping[str, TokenFile], stage: FilledStage) -> dict[str, TokenFile]:
    names = stage.corpora or tuple(files)
    if unknown := set(names) - set(files):
        raise InputError(
            f"stage wants the corpora {', '.join(sorted(unknown))}, but the run only has "
            f"{', '.join(sorted(files))}"
        )
    return {name: files[name] for name in names}


def _pack(file: TokenFile, width: int, packing: str, seed: int) -> Packing:
    if packing == "concatenate":
        return Concatenated(file, width, seed)
    return BestFit(file, width, apart=packing == "documents")


def _rebuilder(
    recipe: Pretraining, specials: Specials, knowledge: TextKnowledge | None
) -> Rebuilder:
    starts_V = knowledge.word_starts_V if knowledge and recipe.masking.whole_words else None
    return Rebuilder(recipe.decoder_mask or 0.0, specials, starts_V)


def _weights(files: Mapping[str, TokenFile], recipe: Pretraining) -> list[float]:
    if not recipe.corpus_weights:
        return flatten([len(file.tokens_N) for file in files.values()], recipe.sampling_exponent)
    if missing := set(files) - set(recipe.corpus_weights):
        raise InputError(f"corpus_weights has no weight for {', '.join(sorted(missing))}")
    return [recipe.corpus_weights[name] for name in files]


def _require_enough_rows(
    files: Mapping[str, TokenFile], packings: Sequence[Packing], stage: FilledStage
) -> None:
    rows = sum(packing.count for packing in packings)
    if rows < stage.batch_size:
        tokens = sum(len(file.tokens_N) for file in files.values())
        raise InputError(
            f"{', '.join(files)}: {tokens} tokens are {rows} rows of {stage.sequence_length}, "
            f"fewer than one batch of {stage.batch_size}; lower batch_size or sequence_length, "
            "or add text"
        )
