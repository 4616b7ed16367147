"""Texts as units: tokens of the vocabulary and merged strings, and the rows of these.

A text is cut as it is without merges, so both read the same part of it. Which strings come out
depends on the texts of its batch; the batches follow the order in which a task gives its texts.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from lingraft.config.dynamic import Dynamic
from lingraft.errors import InputError
from lingraft.evaluation.dynamic.costs import ReadingCosts
from lingraft.evaluation.dynamic.rows import KeptRows, MeanRows, StringRows
from lingraft.models.byte_words_types import PREFIX as BYTE_WORDS
from lingraft.models.further_rows import further_rows
from lingraft.models.objective import is_causal
from lingraft.tokenizers.dynamic.boundaries import Boundaries, spaces_before
from lingraft.tokenizers.dynamic.merging import MergedBatch, MergedString, merge_batch

Rows = Sequence[Sequence[int]]
Flags = Sequence[Sequence[bool]]


class DynamicReader:
    """Merges the tokens of texts, and lets a model read the strings."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        settings: Dynamic,
        costs: ReadingCosts,
        rows: StringRows | None = None,
    ) -> None:
        """Read for a model.

        Args:
            model: an encoder of transformers.
            tokenizer: its tokenizer.
            settings: of the key `dynamic`; its first number of merges counts.
            costs: counts the rows that are looked up.
            rows: makes rows of merged strings; None takes the means of the model's rows.

        Raises:
            InputError: the model is a decoder.
        """
        require_encoder(model)
        self._embedding = model.get_input_embeddings()
        maker = MeanRows(self._embedding) if rows is None else rows
        self._rows = KeptRows(maker, settings.cached, costs)
        self.settings = settings
        self.boundaries = Boundaries(tokenizer, settings.boundary)
        self._numbers: dict[MergedString, int] = {}
        self._strings: list[MergedString] = []

    def spaced(
        self, encodings: Sequence[Any], texts: Sequence[str], seconds: Sequence[str] | None = None
    ) -> Flags | None:
        """Where white space stands in the texts, if the vocabulary does not write it."""
        if self.boundaries.writes_spaces:
            return None
        return spaces_before(encodings, texts, seconds)

    def read(self, rows: Rows, spaced: Flags | None) -> tuple[list[list[int]], list[list[int]]]:
        """The rows as units, and of each unit the place of its first token.

        Args:
            rows: token ids of texts in the order of the task.
            spaced: as `spaced` gives it.
        """
        units, starts = [], []
        size = self.settings.batch
        for first in range(0, len(rows), size):
            flags = None if spaced is None else spaced[first : first + size]
            part = slice(first, first + size)
            merged = merge_batch(rows[part], self.boundaries, self.settings.most, flags)
            units += self._numbered(merged)
            starts += [list(row) for row in merged.starts]
        return units, starts

    @contextmanager
    def reading(self, rows: Rows) -> Iterator[list[list[int]]]:
        """Rows of units that the model can read for as long as this lasts."""
        first = self.boundaries.first_free
        used = sorted({unit for row in rows for unit in row if unit >= first})
        if not used:
            yield [list(row) for row in rows]
            return
        places = {unit: first + place for place, unit in enumerate(used)}
        made_UE = self._rows.of([self._strings[unit - first] for unit in used])
        with further_rows(self._embedding, first, made_UE):
            yield [[places.get(unit, unit) for unit in row] for row in rows]

    def _numbered(self, merged: MergedBatch) -> list[list[int]]:
        """Units with the numbers that their strings have in all batches."""
        first = merged.first
        own = []
        for string in merged.strings:
            if string not in self._numbers:
                self._numbers[string] = first + len(self._strings)
                self._strings.append(string)
            own.append(self._numbers[string])
        return [
            [unit if unit < first else own[unit - first] for unit in row] for row in merged.rows
        ]


def require_encoder(model: Any) -> None:
    """Refuse a decoder, and an encoder that has no rows of tokens.

    Raises:
        InputError: the model predicts the next token, whose row a merged string has not; or it
            makes the vectors of words from their bytes.
    """
    kind = model.config.model_type
    if is_causal(model.config):
        raise InputError(
            f"dynamic: a {kind} model is a decoder, and dynamic tokenization is for encoders; "
            "leave out the key `dynamic`"
        )
    if kind.startswith(BYTE_WORDS):
        raise InputError(
            f"dynamic: a {kind} model reads one vector a word already, and has no rows of tokens; "
            "leave out the key `dynamic`"
        )
