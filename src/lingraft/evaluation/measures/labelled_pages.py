"""Pages with labels from the metadata of a corpus, as the tasks on topics read them."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from lingraft.config.base import Block, Language
from lingraft.corpus.records import draw, read_records
from lingraft.evaluation.data.reading import Example


class LabelledPages(Block):
    """Which pages a task reads, and what it takes for their label."""

    label: str = "topic"
    """Key of the metadata that has the label; documents without it are left out."""
    excluded_labels: tuple[str, ...] = ("shared",)
    """Labels that are not a topic, such as the folder `shared` of LibreOffice's help."""
    masked_words: tuple[str, ...] = (
        "LibreOffice",
        "Writer",
        "Calc",
        "Impress",
        "Draw",
        "Math",
        "Base",
        "Chart",
        "Basic",
    )
    """Words that are deleted from the text because they reveal the label."""
    characters: int = Field(default=300, ge=1)
    """Length at which a page is cut."""
    train_pages: int | None = Field(default=400, ge=2)
    """Training pages, drawn by the hash of their ids; null takes all."""
    test_pages: int | None = Field(default=None, ge=1)
    """Held-out pages, drawn by the hash of their ids; null takes all."""
    languages: tuple[Language, ...] = ()
    """Languages whose corpora have labels; others are skipped. Empty: all; those without labels are
    reported as not measured."""

    def wants(self, language: str) -> bool:
        """Whether the settings ask for this language; without any, they ask for all."""
        return not self.languages or language in self.languages

    def pages(self, corpus: Path, split: str, count: int | None) -> list[Example]:
        """Labelled pages: paragraphs of a group joined, names masked, cut to length.

        Args:
            corpus: folder of the corpus.
            split: `train` or `valid`.
            count: how many pages are drawn by the hash of their ids; None takes all.
        """
        texts: dict[str, list[str]] = {}
        labels: dict[str, str] = {}
        for record in read_records(corpus, split):
            metadata: dict[str, Any] = record.get("metadata") or {}
            label = metadata.get(self.label)
            if label is None or label in self.excluded_labels:
                continue
            page = str(metadata.get("group", record["id"]))
            texts.setdefault(page, []).append(record["text"])
            labels[page] = str(label)
        mask = _mask(self.masked_words)
        pages = [
            Example(page, mask.sub("", " ".join(texts[page]))[: self.characters], label)
            for page, label in labels.items()
        ]
        return draw(pages, count)

    def obstacle(self, train: Sequence[Example], test: Sequence[Example]) -> str:
        """Why these pages cannot be classified; empty where they can."""
        for part, examples in (("training", train), ("held-out", test)):
            if not examples:
                return f'no {part} page carries the label "{self.label}"'
        if len({page.label for page in train}) < 2:
            return "all training pages carry the same label"
        return ""


def _mask(words: Sequence[str]) -> re.Pattern[str]:
    """Words that no Latin letter touches: Chinese writes them without spaces."""
    # Longer words first: a regular expression takes the first alternative that fits. `(?!)` matches
    # nothing.
    alternatives = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![A-Za-z])(?:{alternatives})(?![A-Za-z])" if words else r"(?!)")
