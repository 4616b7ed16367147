"""Linear classification of fixed vectors, and the trivial classifiers that a model has to beat.

N texts, E vector size.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from lingraft.evaluation.data.reading import Example
from lingraft.evaluation.outcome import Prediction, Score, binomial_error
from lingraft.numeric.arrays import Float32
from lingraft.numeric.rows import unit_rows

MAJORITY = "majority"
NGRAMS = "character n-grams"


def probe(train_NE: Float32, labels: Sequence[str], test_NE: Float32) -> list[str]:
    """Labels of vectors by logistic regression, all vectors scaled to unit length.

    If all training labels are equal, every text gets this label.

    Args:
        train_NE: vectors of the training texts.
        labels: their labels, N.
        test_NE: vectors of the texts to label.
    """
    if len(set(labels)) < 2:
        return [labels[0]] * len(test_NE)
    from sklearn.linear_model import LogisticRegression

    # Unit vectors are short in every dimension: C = 1 would leave the classifier at the prior.
    classifier = LogisticRegression(C=100, max_iter=1000)
    with one_thread():
        classifier.fit(unit_rows(train_NE), list(labels))
        return [str(label) for label in classifier.predict(unit_rows(test_NE))]


def ngram_classifier(train: Sequence[str], labels: Sequence[str], test: Sequence[str]) -> list[str]:
    """Labels by logistic regression on character n-grams (1 to 4): no model, only spelling.

    Args:
        train: the training texts.
        labels: their labels.
        test: the texts to label.
    """
    if len(set(labels)) < 2:
        return [labels[0]] * len(test)
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    # char_wb: n-grams inside words only, with a space at both ends. sublinear_tf: a count c becomes
    # 1 + ln c.
    vectorizer = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, max_features=50_000
    )
    classifier = LogisticRegression(C=10, max_iter=1000)
    with one_thread():
        classifier.fit(vectorizer.fit_transform(train), list(labels))
    return [str(label) for label in classifier.predict(vectorizer.transform(test))]


@contextmanager
def one_thread() -> Iterator[None]:
    """Small problems are slower on many threads, which wait for each other at every step."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):
        yield


def majority(labels: Sequence[str], count: int) -> list[str]:
    """The most frequent training label, `count` times; among equals the first in the alphabet."""
    frequencies = Counter(labels)
    return [min(frequencies, key=lambda label: (-frequencies[label], label))] * count


def score(
    predicted: Mapping[str, Sequence[str]],
    examples: Sequence[Example],
    language: str,
    setting: str,
    *,
    split: str = "valid",
    seed: int = 0,
) -> Iterator[Score]:
    """Accuracy and macro-F1 (over the labels of the test set) of each system's predictions.

    Args:
        predicted: labels by system.
        examples: the test set, with the right labels.
        language: of the test set.
        setting: what else distinguishes the scores within the task.
        split: name of the test set's part.
        seed: of the training.
    """
    gold = [example.label for example in examples]
    for system, labels in predicted.items():
        hits = sum(a == b for a, b in zip(gold, labels, strict=True)) / len(gold)
        for metric, value, error in (
            ("accuracy", hits, binomial_error(hits, len(gold))),
            ("macro_f1", macro_f1(gold, labels), None),
        ):
            yield Score(
                language,
                metric,
                value,
                len(gold),
                split=split,
                system=system,
                setting=setting,
                seed=seed,
                standard_error=error,
            )


def macro_f1(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """Mean F1 of the labels that occur in `gold`, over the whole set at once."""
    from sklearn.metrics import f1_score

    # Without `labels`, scikit-learn would also average over labels that are only predicted.
    labels = sorted(set(gold))
    return float(f1_score(gold, predicted, labels=labels, average="macro", zero_division=0))


def records(
    predicted: Mapping[str, Sequence[str]],
    examples: Sequence[Example],
    language: str,
    setting: str,
    **rest: object,
) -> Iterator[Prediction]:
    """One prediction record for each text and system.

    Args:
        predicted: labels by system.
        examples: the test set, with the right labels.
        language: of the test set.
        setting: what else distinguishes the scores within the task.
        rest: further keys of each record.
    """
    for system, labels in predicted.items():
        for example, label in zip(examples, labels, strict=True):
            yield {
                "id": example.id,
                "language": language,
                "setting": setting,
                "system": system,
                "gold": example.label,
                "predicted": label,
                **rest,
            }


def trivial(train: Sequence[Example], test: Sequence[Example]) -> dict[str, list[str]]:
    """Predictions of the two trivial classifiers."""
    labels = [example.label for example in train]
    texts, others = [e.text for e in train], [e.text for e in test]
    return {
        NGRAMS: ngram_classifier(texts, labels, others),
        MAJORITY: majority(labels, len(test)),
    }
