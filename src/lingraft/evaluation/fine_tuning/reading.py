"""Encoded examples as a fine-tuned encoder reads them: as they are, or with their tokens merged."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from lingraft.config.dynamic import Dynamic, DynamicTraining
from lingraft.evaluation.dynamic.costs import ReadingCosts
from lingraft.evaluation.dynamic.reader import DynamicReader, require_encoder
from lingraft.evaluation.dynamic.rows import MeanRows
from lingraft.evaluation.fine_tuning.loop import Encoded, Reading
from lingraft.models.further_rows import further_rows
from lingraft.tokenizers.dynamic.boundaries import Boundaries
from lingraft.tokenizers.dynamic.merging import MergedBatch, merge_batch

SPACED = "spaced"  # 1 where a merge may not reach across the place before a token

_IDS = "input_ids"
_SHARE_SEED = 1  # the draws of shares are not those of the order


class ExampleReading:
    """Examples for a forward pass in evaluation, and what reading them took."""

    def __init__(
        self, reader: DynamicReader | None = None, costs: ReadingCosts | None = None
    ) -> None:
        """Read examples.

        Args:
            reader: merges their tokens; None reads them as they are.
            costs: counts.
        """
        self._reader = reader
        self.costs = ReadingCosts() if costs is None else costs

    @classmethod
    def of(cls, model: Any, tokenizer: Any, dynamic: Dynamic | None) -> "ExampleReading":
        """How a model reads whose weights no longer change.

        Args:
            model: an encoder with a head.
            tokenizer: its tokenizer.
            dynamic: with one number of merges; None for none.

        Raises:
            InputError: the model cannot read merged strings.
        """
        costs = ReadingCosts()
        if dynamic is None:
            return cls(None, costs)
        return cls(DynamicReader(model, tokenizer, dynamic, costs), costs)

    def rows(self, rows: Sequence[Encoded]) -> list[Encoded]:
        """Examples as the model reads them, in the same order; `spaced` is still there."""
        self.costs.texts += len(rows)
        self.costs.tokens += sum(len(row[_IDS]) for row in rows)
        found = list(rows)
        if self._reader is not None:
            ids = [row[_IDS] for row in rows]
            units, starts = self._reader.read(ids, _limits(rows))
            found = [_merged(*each) for each in zip(rows, units, starts, strict=True)]
        self.costs.units += sum(len(row[_IDS]) for row in found)
        return found

    @contextmanager
    def batch(self, rows: Sequence[Encoded]) -> Iterator[list[Encoded]]:
        """Some of these, for as long as the model reads them."""
        plain = [_without_limits(row) for row in rows]
        if self._reader is None:
            yield plain
            return
        with self._reader.reading([row[_IDS] for row in plain]) as ids:
            yield [{**row, _IDS: own} for row, own in zip(plain, ids, strict=True)]


class TrainingReading:
    """Batches of a training whose tokens are merged, each by a share of its own."""

    def __init__(self, model: Any, tokenizer: Any, settings: DynamicTraining, seed: int) -> None:
        """Read training batches.

        Args:
            model: an encoder with a head, whose embeddings learn from merged strings, too.
            tokenizer: its tokenizer.
            settings: how much is merged.
            seed: of the shares; the share of a batch depends on it and on the step alone.

        Raises:
            InputError: the model cannot read merged strings.
        """
        require_encoder(model)
        self._embedding = model.get_input_embeddings()
        self._boundaries = Boundaries(tokenizer, settings.boundary)
        self._settings, self._seed = settings, seed

    @contextmanager
    def batch(self, rows: Sequence[Encoded], step: int) -> Iterator[list[Encoded]]:
        """The examples of a step, for as long as the model reads them."""
        plain = [_without_limits(row) for row in rows]
        merged = self._merge(rows, step)
        if merged is None:
            yield plain
            return
        both = zip(plain, merged.rows, merged.starts, strict=True)
        with further_rows(self._embedding, merged.first, self._rows(merged)):
            yield [_merged(*each) for each in both]

    def _merge(self, rows: Sequence[Encoded], step: int) -> MergedBatch | None:
        """The merges that save the drawn share; None for none."""
        share = share_of(self._settings.sample, self._seed, step)
        if share == 0.0:
            return None
        ids, limits = [row[_IDS] for row in rows], _limits(rows)
        most = self._settings.largest.most
        lengths = np.array(merge_batch(ids, self._boundaries, most, limits).lengths)
        saved = lengths[0] - lengths
        needed = int(np.argmax(saved >= share * saved[-1]))  # the first number that is enough
        return merge_batch(ids, self._boundaries, needed, limits) if needed else None

    def _rows(self, merged: MergedBatch) -> Any:
        if not merged.strings:  # all that was merged are tokens
            return self._embedding.weight[:0]
        return MeanRows(self._embedding).make(merged.strings)


def training_reading(
    model: Any, tokenizer: Any, dynamic: DynamicTraining | None, seed: int
) -> Reading | None:
    """How a training reads its batches; None for as they are.

    Args:
        model: as of `TrainingReading`, which reads them where there are settings.
        tokenizer: its tokenizer.
        dynamic: the settings; None for none.
        seed: of the training.

    Raises:
        InputError: the model cannot read merged strings.
    """
    if dynamic is None:
        return None
    return TrainingReading(model, tokenizer, dynamic, seed).batch


def share_of(sample: str, seed: int, step: int) -> float:
    """How much of what can be saved a training step saves: from 0 to 1.

    Args:
        sample: uniform, gaussian or none.
        seed: of the training.
        step: its number.
    """
    if sample == "none":
        return 0.0
    draw = np.random.default_rng([seed, step, _SHARE_SEED])
    found = draw.random() if sample == "uniform" else draw.normal(1 / 2, 1 / 6)
    return float(np.clip(found, 0.0, 1.0))


def _limits(rows: Sequence[Encoded]) -> list[list[bool]] | None:
    if not rows or SPACED not in rows[0]:
        return None
    return [[bool(flag) for flag in row[SPACED]] for row in rows]


def _merged(row: Encoded, units: Sequence[int], starts: Sequence[int]) -> Encoded:
    """An example with units in the place of tokens; each has what its first token has."""
    found: dict[str, Any] = {
        name: values if name == "label" else [values[start] for start in starts]
        for name, values in row.items()
    }
    return found | {_IDS: list(units)}


def _without_limits(row: Encoded) -> Encoded:
    return {name: values for name, values in row.items() if name != SPACED}
