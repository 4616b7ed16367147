"""Labels of documents from frozen word vectors: averages, and a recurrent convolutional network.

`classify_documents` is the door. `averaged` is a logistic regression on the mean of a document's
word vectors. `recurrent` is the network of Lai et al. (2015), which also sees the order of words.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from lingraft.evaluation.measures.probes import majority, probe
from lingraft.evaluation.measures.word_sequences import WordSequences, word_sequences

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet

DocumentClassifier = Literal["averaged", "recurrent"]


def classify_documents(
    classifier: DocumentClassifier,
    vectors: "VectorSet",
    train: Sequence[str],
    labels: Sequence[str],
    test: Sequence[str],
    language: str,
    seed: int = 0,
) -> list[str]:
    """Labels of the test texts; the vectors stay as they are.

    If all training labels are equal, every text gets this label.

    Args:
        classifier: `averaged` or `recurrent`.
        vectors: of the texts' language.
        train: training texts.
        labels: one for each of them.
        test: texts to label.
        language: as in swh_Latn; decides the segmentation.
        seed: of the network's weights and of the order of its batches; `averaged` has none.
    """
    if len(set(labels)) < 2:
        return majority(labels, len(test))
    documents = word_sequences([*train, *test], vectors, language)
    return _CLASSIFIERS[classifier](documents, labels, seed)


def _averaged(documents: WordSequences, labels: Sequence[str], seed: int) -> list[str]:
    means_NE = documents.averages()
    return probe(means_NE[: len(labels)], labels, means_NE[len(labels) :])


def _recurrent(documents: WordSequences, labels: Sequence[str], seed: int) -> list[str]:
    from lingraft.evaluation.measures.recurrent_network import train_network

    known, rest = documents.rows[: len(labels)], documents.rows[len(labels) :]
    return train_network(documents.table_WE, known, labels, seed).predict(rest)


# Training documents come first, as many as there are labels.
_CLASSIFIERS: dict[str, Callable[[WordSequences, Sequence[str], int], list[str]]] = {
    "averaged": _averaged,
    "recurrent": _recurrent,
}
