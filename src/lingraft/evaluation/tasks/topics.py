"""Topic classification of held-out pages, from labels that the corpora carry for free.

Pages of LibreOffice's help lie in folders of their application; the application is the label, and
its name is masked in the text. A logistic regression on frozen vectors is trained on the pivot's
pages (zero-shot) or on the target's own training pages (in-language). It is measured on held-out
pages beside the majority label and a classifier on character n-grams, because product names and
code survive translation.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from lingraft.config.base import Language
from lingraft.corpus.records import draw, read_records
from lingraft.evaluation.data.reading import Example
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.outcome import MODEL, Outcome, joined, not_measured
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric, Task, register

if TYPE_CHECKING:
    from lingraft.numeric.arrays import Float32

ZERO_SHOT = "zero-shot from the pivot"
IN_LANGUAGE = "in-language"


@register
class Topics(Embedding, Task[ModelSubject]):
    """Topic classification with labels from the metadata of the corpora."""

    name = "topics"
    about = "Topic classification of help pages, zero-shot and in-language."
    title = "topics"
    measures = ModelSubject
    reads = ("weights", "tokenizer", "source", "corpora", "pivots")
    packages = ("scikit-learn",)
    metrics = {"accuracy": Metric("up", "hits"), "macro_f1": Metric("up", "labels")}

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
    modes: tuple[Literal["zero_shot", "in_language"], ...] = ("zero_shot", "in_language")
    """Train on the pivot's pages, on the language's own pages, or both in turn."""
    pivot_model: Literal["source", "same"] = "source"
    """Which model embeds the pivot's pages: the source model or the evaluated one."""
    languages: tuple[Language, ...] = ()
    """Languages whose corpora have labels; others are skipped. Empty: all; those without labels are
    reported as not measured."""

    def protocol(self) -> str:
        """Frozen vectors; the id says who embeds the pivot's pages."""
        return f"topics/probe-{self.pivot_model}"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """Accuracy and macro-F1 for each target language, zero-shot and in-language."""
        languages = subject.languages()
        wanted = [name for name in languages if self.wants(languages[name])]
        return joined(self._measure(subject, name, languages[name]) for name in wanted)

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

    def small(self, layers: int) -> dict[str, Any]:
        """Few pages, from a layer that the small model has."""
        return {"train_pages": 40, "test_pages": 20, "layer": min(self.layer, layers)}

    def _measure(self, subject: ModelSubject, corpus: str, language: str) -> Outcome:
        test = self.pages(subject.corpora[corpus], "valid", self.test_pages)
        return joined(
            self._classify(subject, language, setting, train, test)
            for setting, train in self._training_sets(subject, corpus)
        )

    def _classify(
        self,
        subject: ModelSubject,
        language: str,
        setting: str,
        train: Sequence[Example],
        test: Sequence[Example],
    ) -> Outcome:
        from lingraft.evaluation.measures.probes import probe, records, score

        train_NE = self._embed(subject, setting, train)
        if reason := self.obstacle(train, test):
            return not_measured(language, "accuracy", reason, setting=setting)
        texts = [page.text for page in test]
        test_NE = subject.embedder.embed(texts, self)
        model = probe(train_NE, [page.label for page in train], test_NE)
        predicted = {MODEL: model, **_trivial(train, test, subject)}
        notes = list(_unseen_labels(train, test, f"{language}, {setting}"))
        if cut := subject.embedder.count_cut(texts, self):
            notes.append(f"{language}: {cut} of {len(test)} pages were longer than is read")
        return Outcome(
            list(score(predicted, test, language, setting)),
            list(records(predicted, test, language, setting)),
            notes,
        )

    def _training_sets(
        self, subject: ModelSubject, name: str
    ) -> Iterator[tuple[str, list[Example]]]:
        if "zero_shot" in self.modes and name in subject.pivots:
            yield ZERO_SHOT, self.pages(subject.pivots[name], "train", self.train_pages)
        if "in_language" in self.modes:
            yield IN_LANGUAGE, self.pages(subject.corpora[name], "train", self.train_pages)

    def _embed(self, subject: ModelSubject, setting: str, train: Sequence[Example]) -> "Float32":
        texts = [page.text for page in train]
        if setting == ZERO_SHOT:
            return subject.embed_pivot(texts, self, self.pivot_model)
        return subject.embedder.embed(texts, self)


def _trivial(
    train: Sequence[Example], test: Sequence[Example], subject: ModelSubject
) -> Mapping[str, Sequence[str]]:
    """What needs no model is computed once for all models that share the state."""
    from lingraft.evaluation.measures.probes import trivial

    question = [[asdict(page) for page in pages] for pages in (train, test)]
    found: Mapping[str, Sequence[str]] = subject.remembered(
        "trivial", question, lambda: trivial(train, test)
    )
    return found


def _mask(words: Sequence[str]) -> re.Pattern[str]:
    """Words that no Latin letter touches: Chinese writes them without spaces."""
    # Longer words first: a regular expression takes the first alternative that fits. `(?!)` matches
    # nothing.
    alternatives = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![A-Za-z])(?:{alternatives})(?![A-Za-z])" if words else r"(?!)")


def _unseen_labels(train: Sequence[Example], test: Sequence[Example], where: str) -> Iterator[str]:
    unseen = {page.label for page in test} - {page.label for page in train}
    if unseen:
        count = sum(page.label in unseen for page in test)
        yield (
            f"{where}: {count} test pages have labels that training lacks "
            f"({', '.join(sorted(unseen))}) and count as errors"
        )
