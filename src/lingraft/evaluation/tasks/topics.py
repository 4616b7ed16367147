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
from typing import Any

from lingraft.config.evaluation import Topics
from lingraft.evaluation.data.reading import Example, draw, language_of, read_records
from lingraft.evaluation.measures.probes import Vectors, probe, records, score, trivial
from lingraft.evaluation.outcome import MODEL, Outcome, Prediction, Score, unmeasured
from lingraft.evaluation.subject import Subject

ZERO_SHOT = "zero-shot from the pivot"
IN_LANGUAGE = "in-language"


def protocol(settings: Topics) -> str:
    """Frozen vectors; the id says who embeds the pivot's pages."""
    return f"topics/probe-{settings.pivot_model}"


def evaluate(settings: Topics, subject: Subject) -> Outcome:
    """Accuracy and macro-F1 for each target language, zero-shot and in-language."""
    scores: list[Score] = []
    predictions: list[Prediction] = []
    notes: list[str] = []
    for name, corpus in subject.corpora.items():
        language = language_of(corpus, name)
        if not is_wanted(language, settings):
            continue
        test = draw(pages(corpus, "valid", settings), settings.test_pages)
        for setting, train, train_NE in _training_sets(name, corpus, settings, subject):
            reason = obstacle(train, test, settings)
            if reason:
                notes.append(f"{language}, {setting}: {reason}")
                scores.append(unmeasured(language, "accuracy", reason, setting=setting))
                continue
            notes += _unseen_labels(train, test, f"{language}, {setting}")
            test_NE = subject.embedder.embed([page.text for page in test], settings)
            cut = subject.embedder.count_cut([page.text for page in test], settings)
            if cut:
                notes.append(f"{language}: {cut} of {len(test)} pages were longer than is read")
            model = probe(train_NE, [page.label for page in train], test_NE)
            predicted = {MODEL: model, **_trivial(train, test, subject)}
            scores += score(predicted, test, language, setting)
            predictions += records(predicted, test, language, setting)
    return Outcome(scores, predictions, list(dict.fromkeys(notes)))


def is_wanted(language: str, settings: Topics) -> bool:
    """Whether the settings ask for this language; without any, they ask for all."""
    return not settings.languages or language in settings.languages


def _trivial(
    train: list[Example], test: list[Example], subject: Subject
) -> Mapping[str, Sequence[str]]:
    """What needs no model is computed once for all models that share the state."""
    question = [[asdict(page) for page in pages] for pages in (train, test)]
    found: Mapping[str, Sequence[str]] = subject.remembered(
        "trivial", question, lambda: trivial(train, test)
    )
    return found


def pages(corpus: Path, split: str, settings: Topics) -> list[Example]:
    """Labelled pages of a split: paragraphs of a group joined, names masked, cut to length."""
    texts: dict[str, list[str]] = {}
    labels: dict[str, str] = {}
    for record in read_records(corpus, split):
        metadata: dict[str, Any] = record.get("metadata") or {}
        label = metadata.get(settings.label)
        if label is None or label in settings.excluded_labels:
            continue
        page = str(metadata.get("group", record["id"]))
        texts.setdefault(page, []).append(record["text"])
        labels[page] = str(label)
    mask = _mask(settings.masked_words)
    return [
        Example(page, mask.sub("", " ".join(texts[page]))[: settings.characters], label)
        for page, label in labels.items()
    ]


def _mask(words: Sequence[str]) -> re.Pattern[str]:
    """Words that no Latin letter touches: Chinese writes them without spaces."""
    alternatives = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![A-Za-z])(?:{alternatives})(?![A-Za-z])" if words else r"(?!)")


def _training_sets(
    name: str, corpus: Path, settings: Topics, subject: Subject
) -> Iterator[tuple[str, list[Example], Vectors]]:
    if "zero_shot" in settings.modes and name in subject.pivots:
        train = draw(pages(subject.pivots[name], "train", settings), settings.train_pages)
        texts = [page.text for page in train]
        yield ZERO_SHOT, train, subject.embed_pivot(texts, settings, settings.pivot_model)
    if "in_language" in settings.modes:
        train = draw(pages(corpus, "train", settings), settings.train_pages)
        yield IN_LANGUAGE, train, subject.embedder.embed([page.text for page in train], settings)


def obstacle(train: Sequence[Example], test: Sequence[Example], settings: Topics) -> str:
    """Why these pages cannot be classified; empty where they can."""
    for part, examples in (("training", train), ("held-out", test)):
        if not examples:
            return f'no {part} page carries the label "{settings.label}"'
    if len({page.label for page in train}) < 2:
        return "all training pages carry the same label"
    return ""


def _unseen_labels(train: Sequence[Example], test: Sequence[Example], where: str) -> Iterator[str]:
    unseen = {page.label for page in test} - {page.label for page in train}
    if unseen:
        count = sum(page.label in unseen for page in test)
        yield (
            f"{where}: {count} test pages have labels that training lacks "
            f"({', '.join(sorted(unseen))}) and count as errors"
        )
