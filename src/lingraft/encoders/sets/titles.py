"""Titles and what follows them: headings of help pages, titles of documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from lingraft.encoders.examples import Form, TrainingExample
from lingraft.encoders.training_set import CorpusSet, SetInputs


class Titles(CorpusSet):
    """Titles and texts of corpora, each once: a heading of LibreOffice's help and the paragraph
    behind it, or a document's `metadata.title` and its text."""

    kind: Literal["titles"]

    each_text_once: ClassVar[bool] = True

    @property
    def form(self) -> Form:
        """Pairs of a title and a text."""
        return "pairs"

    def read(self, given: SetInputs) -> Iterator[TrainingExample]:
        """Yield the titled texts of the corpora's training documents, in their order.

        Raises:
            InputError: a corpus is damaged.
        """
        from lingraft.corpus.documents import Document
        from lingraft.corpus.reading.help_pages import is_heading
        from lingraft.corpus.records import read_texts

        for folder, language in self.folders(given):
            previous = Document("", "")
            for document in read_texts(folder, "train"):
                title = document.metadata.get("title")
                is_behind = is_heading(previous.id) and not is_heading(document.id)
                if is_behind and document.metadata.get("group") == previous.metadata.get("group"):
                    title = previous.text
                if isinstance(title, str) and title.strip():
                    yield TrainingExample(document.id, (title, document.text), language)
                previous = document
