"""Topic classification of held-out pages, from labels that the corpora carry for free.

Pages of LibreOffice's help lie in folders of their application; the application is the label, and
its name is masked in the text. A logistic regression on frozen vectors is trained on the pivot's
pages (zero-shot) or on the target's own training pages (in-language). It is measured on held-out
pages beside the majority label and a classifier on character n-grams, because product names and
code survive translation.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from lingraft.evaluation.data.reading import Example
from lingraft.evaluation.dynamic_reading import FrozenReading
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.measures.labelled_pages import LabelledPages
from lingraft.evaluation.outcome import MODEL, Outcome, joined, not_measured
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric, register

if TYPE_CHECKING:
    from lingraft.numeric.arrays import Float32

ZERO_SHOT = "zero-shot from the pivot"
IN_LANGUAGE = "in-language"


@register
class Topics(LabelledPages, Embedding, FrozenReading):
    """Topic classification with labels from the metadata of the corpora."""

    name = "topics"
    about = "Topic classification of help pages, zero-shot and in-language."
    title = "topics"
    measures = ModelSubject
    reads = ("weights", "tokenizer", "source", "corpora", "pivots")
    packages = ("scikit-learn",)
    metrics = {"accuracy": Metric("up", "hits"), "macro_f1": Metric("up", "labels")}

    modes: tuple[Literal["zero_shot", "in_language"], ...] = ("zero_shot", "in_language")
    """Train on the pivot's pages, on the language's own pages, or both in turn."""
    pivot_model: Literal["source", "same"] = "source"
    """Which model embeds the pivot's pages: the source model or the evaluated one."""

    def protocol(self) -> str:
        """Frozen vectors; the id says who embeds the pivot's pages."""
        return f"topics/probe-{self.pivot_model}"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """Accuracy and macro-F1 for each target language, zero-shot and in-language."""
        languages = subject.languages()
        wanted = [name for name in languages if self.wants(languages[name])]
        return joined(self._measure(subject, name, languages[name]) for name in wanted)

    def small(self, layers: int) -> dict[str, Any]:
        """Few pages, from a layer that the small model has."""
        return {"train_pages": 40, "test_pages": 20, "layer": min(self.layer, layers)}

    def known_pages(
        self, subject: ModelSubject, kind: Literal["corpora", "pivots"], name: str, split: str
    ) -> list[Example]:
        """The pages of a corpus; whole corpora are read once for all models that share the state.

        Args:
            subject: it has the corpus.
            kind: whether the corpus is one of the model's own or the pivot of one.
            name: of the model's own corpus.
            split: `train` or `valid`.
        """
        corpus = (subject.corpora if kind == "corpora" else subject.pivots)[name]
        count = self.train_pages if split == "train" else self.test_pages
        if subject.state is None:
            return self.pages(corpus, split, count)
        rules = self.model_dump(mode="json", include=set(LabelledPages.model_fields))
        found = subject.remembered(
            "pages",
            [subject.data_digests[f"{kind}/{name}"], rules, split],
            lambda: [asdict(page) for page in self.pages(corpus, split, count)],
        )
        return [Example(**page) for page in found]

    def _measure(self, subject: ModelSubject, corpus: str, language: str) -> Outcome:
        test = self.known_pages(subject, "corpora", corpus, "valid")
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
            yield ZERO_SHOT, self.known_pages(subject, "pivots", name, "train")
        if "in_language" in self.modes:
            yield IN_LANGUAGE, self.known_pages(subject, "corpora", name, "train")

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


def _unseen_labels(train: Sequence[Example], test: Sequence[Example], where: str) -> Iterator[str]:
    unseen = {page.label for page in test} - {page.label for page in train}
    if unseen:
        count = sum(page.label in unseen for page in test)
        yield (
            f"{where}: {count} test pages have labels that training lacks "
            f"({', '.join(sorted(unseen))}) and count as errors"
        )
