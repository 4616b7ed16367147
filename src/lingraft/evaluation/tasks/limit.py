"""LIMIT in any language: can single vectors tell apart all pairs of a few documents?

The data set of Weller et al. 2025 (arXiv:2508.21038), built from a corpus's own words: each query
asks for one attribute, exactly two documents have it, and the queries cover the pairs of
documents. Word overlap solves it; single-vector models mostly do not.
N documents, Q queries, A attributes.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lingraft.config.evaluation import Limit
from lingraft.corpus.words import split_words
from lingraft.evaluation.data.reading import has_records, language_of, read_texts
from lingraft.evaluation.measures.copied_tokens import SYSTEM, ngram_similarity
from lingraft.evaluation.outcome import MODEL, Outcome, Prediction, Score, unmeasured
from lingraft.evaluation.subject import Subject
from lingraft.evaluation.tasks.retrieval import cosine

_SHORTEST_WORD = 2  # characters: one is mostly a particle or a letter of a list
_FEWEST_QUERIES = 10


@dataclass(frozen=True)
class Collection:
    """Documents, queries, and the two documents that answer each query."""

    documents: list[str]
    queries: list[str]
    relevant_Q2: npt.NDArray[np.int64]


def protocol(settings: Limit) -> str:
    """LIMIT's construction with words of the corpus."""
    return "limit/corpus-words"


def evaluate(settings: Limit, subject: Subject) -> Outcome:
    """Recall@k of the model and of character n-grams, for each corpus."""
    scores: list[Score] = []
    predictions: list[Prediction] = []
    notes: list[str] = []
    for name, corpus in subject.corpora.items():
        language = language_of(corpus, name)
        made = generate(frequent_words(corpus, language), settings)
        if len(made.queries) < _FEWEST_QUERIES:
            reason = f"the corpus has words for {len(made.queries)} queries only"
            notes.append(f"{language}: {reason}")
            scores.append(unmeasured(language, f"recall@{settings.cutoffs[0]}", reason))
            continue
        if len(made.queries) < settings.queries:
            notes.append(f"{language}: words for {len(made.queries)} queries only")
        embed = subject.embedder.embed
        for system, similarity_QN in (
            (MODEL, cosine(embed(made.queries, settings), embed(made.documents, settings))),
            (SYSTEM, ngram_similarity(made.queries, made.documents)),
        ):
            found_Q = top_hits(similarity_QN, made.relevant_Q2, settings.cutoffs)
            scores += _scores(found_Q, language, system)
            if system == MODEL:
                predictions += _predictions(found_Q, language)
        cut = subject.embedder.count_cut(made.documents, settings)
        if cut:
            notes.append(f"{language}: {cut} documents were longer than the model and cut")
    return Outcome(scores, predictions, notes)


def frequent_words(corpus: Path, language: str) -> list[str]:
    """The corpus's words, most frequent first; ties in alphabetical order."""
    counts: Counter[str] = Counter()
    for split in ("train", "valid"):
        if has_records(corpus, split):
            for document in read_texts(corpus, split):
                counts.update(split_words(document.text.lower(), language))
    words = [word for word in counts if len(word) >= _SHORTEST_WORD and word.isalpha()]
    return sorted(words, key=lambda word: (-counts[word], word))


def generate(words: Sequence[str], settings: Limit) -> Collection:
    """Build the collection from words, most frequent first.

    Names and attributes are different words, drawn by the seed from the most frequent ones. With
    fewer words than are wanted, there are fewer queries.
    """
    random = np.random.default_rng(settings.seed)
    pairs = list(itertools.combinations(range(settings.documents), 2))
    wanted = min(settings.queries, len(pairs), max(0, len(words) - settings.documents))
    chosen = random.permutation(np.array(words[: settings.documents + wanted], dtype=object))
    names, attributes = chosen[: settings.documents], chosen[settings.documents :]
    order = random.permutation(len(pairs))[:wanted]
    relevant_Q2 = np.array([pairs[i] for i in order], dtype=np.int64).reshape(-1, 2)
    liked: list[list[str]] = [[] for _ in names]
    for attribute, pair in zip(attributes, relevant_Q2, strict=True):
        for document in pair:
            liked[document].append(str(attribute))
    documents = [
        settings.document_template.format(name=str(name).title(), attributes=", ".join(own))
        for name, own in zip(names, liked, strict=True)
    ]
    queries = [settings.query_template.format(attribute=attribute) for attribute in attributes]
    return Collection(documents, queries, relevant_Q2)


def top_hits(
    similarity_QN: npt.NDArray[np.float32],
    relevant_Q2: npt.NDArray[np.int64],
    cutoffs: Sequence[int],
) -> dict[int, npt.NDArray[np.float64]]:
    """For each k the recall of every query: the share of its two documents among the k nearest."""
    order_QN = np.argsort(-similarity_QN, axis=1, kind="stable")
    return {
        k: (order_QN[:, :k, None] == relevant_Q2[:, None, :]).any(axis=1).mean(axis=1)
        for k in cutoffs
    }


def _scores(
    found: dict[int, npt.NDArray[np.float64]], language: str, system: str
) -> Iterator[Score]:
    for k, recall_Q in found.items():
        yield Score(
            language,
            f"recall@{k}",
            float(recall_Q.mean()),
            len(recall_Q),
            split="generated",
            system=system,
            standard_error=float(recall_Q.std() / np.sqrt(len(recall_Q))),
        )


def _predictions(found: dict[int, npt.NDArray[np.float64]], language: str) -> Iterator[Prediction]:
    for query in range(len(next(iter(found.values())))):
        recalls = {f"recall@{k}": float(recall_Q[query]) for k, recall_Q in found.items()}
        yield {"id": str(query), "language": language} | recalls
