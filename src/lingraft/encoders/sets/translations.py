"""Sentences and their translations, from the parallel text of corpora."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from lingraft.encoders.examples import Form, TrainingExample
from lingraft.encoders.training_set import CorpusSet, SetInputs
from lingraft.errors import InputError


class Translations(CorpusSet):
    """The parallel text of corpora that follow a pivot: its training part, each text once. The
    pivot's text is what the teacher reads."""

    kind: Literal["translations"]

    each_text_once: ClassVar[bool] = True

    @property
    def form(self) -> Form:
        """Translations."""
        return "translations"

    def read(self, given: SetInputs) -> Iterator[TrainingExample]:
        """Yield one example for each pair of the corpora, in their order.

        Raises:
            InputError: a corpus has no parallel text, or it is damaged.
        """
        from lingraft.corpus.documents import read_pairs

        for (folder, language), name in zip(self.folders(given), self.corpora, strict=True):
            path = folder / "parallel.jsonl.zst"
            if not path.is_file():
                raise InputError(f"corpus {name!r} has no parallel text: it needs a pivot")
            for pair in read_pairs(path):
                yield TrainingExample(pair.id, (pair.source, pair.target), language)
