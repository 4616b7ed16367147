"""Topics of held-out pages from frozen word vectors, on the pages of the task `topics`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lingraft.evaluation.measures.labelled_pages import LabelledPages
from lingraft.evaluation.outcome import MODEL, Outcome, joined, not_measured
from lingraft.evaluation.task import SHARE, Metric, register
from lingraft.evaluation.word_subjects import VectorsSubject
from lingraft.evaluation.words.word_task import WordTask

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet


@register
class WordTopics(LabelledPages, WordTask):
    """Topics of pages, by classifiers on frozen word vectors."""

    name = "word_topics"
    about = "Topic classification of help pages from word vectors, trained in the language."
    title = "topics by words"
    reads = ("folder", "corpora")
    packages = ("numpy", "scikit-learn", "torch")
    main_metric = "accuracy"
    metrics = {
        "accuracy": Metric("up", "hits", limits=SHARE),
        "macro_f1": Metric("up", "labels", limits=SHARE),
    }

    classifiers: tuple[Literal["averaged", "recurrent"], ...] = ("averaged",)
    """`averaged`: logistic regression on the mean of a page's vectors; `recurrent`: the recurrent
    convolutional network (Lai et al. 2015), which also sees the order of words."""

    def protocol(self) -> str:
        """Trained on pages of the language, as the in-language part of `topics`."""
        return "topics/words"

    def can_measure(self, language: str | None, datasets: Mapping[str, Any]) -> bool:
        """Whether the settings ask for the language."""
        return language is None or self.wants(language)

    def evaluate(self, subject: VectorsSubject) -> Outcome:
        """Accuracy and macro-F1 on each corpus of the language, beside trivial classifiers."""
        vectors = subject.vectors(self.words)
        language = vectors.language or subject.folder.name
        if not subject.corpora:
            return not_measured(language, "accuracy", "no run learns from text of this language")
        return joined(
            outcome
            for corpus in subject.corpora.values()
            for outcome in self._classify(vectors, corpus, language)
        )

    def _classify(self, vectors: "VectorSet", corpus: Path, language: str) -> Iterator[Outcome]:
        from lingraft.evaluation.measures.document_classifiers import classify_documents
        from lingraft.evaluation.measures.probes import records, score, trivial

        train = self.pages(corpus, "train", self.train_pages)
        test = self.pages(corpus, "valid", self.test_pages)
        if reason := self.obstacle(train, test):
            yield not_measured(language, "accuracy", reason)
            return
        labels, texts = [page.label for page in train], [page.text for page in test]
        baselines = trivial(train, test)
        for classifier in self.classifiers:
            own = classify_documents(
                classifier, vectors, [page.text for page in train], labels, texts, language
            )
            predicted = {MODEL: own, **baselines}
            yield Outcome(
                list(score(predicted, test, language, classifier)),
                list(records(predicted, test, language, classifier)),
            )
