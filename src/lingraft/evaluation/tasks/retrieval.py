"""Sentence retrieval: does the nearest sentence of the other language say the same?

The papers' SR-B and SR-T (OFA, Glot500) are `query_model: same`, layer 8, mean pooling with
special tokens, English queries, repeated texts kept, accuracy@10; the result then carries the
protocol id `retrieval/sr`. Q queries, K keys, N pairs, E embedding dimension.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from lingraft.config.evaluation import BibleRetrieval, PaperRetrieval, Retrieval, TatoebaRetrieval
from lingraft.corpus.documents import Pair
from lingraft.evaluation.data.reading import draw, held_out_pairs, language_of, without_repeats
from lingraft.evaluation.measures import copied_tokens
from lingraft.evaluation.outcome import (
    MODEL,
    Direction,
    Outcome,
    Prediction,
    Score,
    binomial_error,
    unmeasured,
)
from lingraft.evaluation.subject import Subject, dataset_folders
from lingraft.numeric.rows import unit_rows

_FEWEST_PAIRS = 2
_PAPERS = Retrieval(layer=8, query_model="same", unique=False)
_PROTOCOL_KEYS = {"layer", "pooling", "special_tokens", "query_model", "queries", "unique"}


def protocol(settings: Retrieval) -> str:
    """`retrieval/sr` for the papers' setting, else `retrieval/<who embeds the queries>`.

    On the papers' data it is `retrieval/sr-t` or `retrieval/sr-b`.
    """
    is_papers = settings.model_dump(include=_PROTOCOL_KEYS) == _PAPERS.model_dump(
        include=_PROTOCOL_KEYS
    )
    if isinstance(settings, TatoebaRetrieval | BibleRetrieval):
        other = f"retrieval/{settings.benchmark}-{settings.query_model}"
        return f"retrieval/{settings.benchmark}" if is_papers else other
    return "retrieval/sr" if is_papers else f"retrieval/{settings.query_model}"


def evaluate(settings: Retrieval, subject: Subject) -> Outcome:
    """Accuracy@k of the model and of the copied-token baseline, for every target language."""
    scores: list[Score] = []
    predictions: list[Prediction] = []
    notes = []
    for language, read in _pairs(settings, subject):
        pairs = select(read, settings)
        if len(pairs) < _FEWEST_PAIRS:
            reason = f"{len(pairs)} usable held-out pairs, {_FEWEST_PAIRS} are needed"
            notes.append(f"{language}: {reason}")
            scores.append(unmeasured(language, "accuracy@1", reason, n=len(pairs)))
            continue
        for setting, system, similarity_QK in _similarities(pairs, settings, subject):
            ranks_Q = gold_ranks(similarity_QK)
            scores += _scores(ranks_Q, settings, language, setting, system)
            predictions += _predictions(pairs, similarity_QK, ranks_Q, language, setting, system)
        notes += _cut_notes(pairs, settings, subject, language)
    return Outcome(scores, predictions, notes)


def _pairs(settings: Retrieval, subject: Subject) -> Iterator[tuple[str, list[Pair]]]:
    """Yield each language with its pairs: of a dataset, or held out of the corpora."""
    if isinstance(settings, PaperRetrieval):
        for language, folder in dataset_folders(settings.data, subject).items():
            yield language, held_out_pairs(folder, None)
    else:
        for name, corpus in subject.corpora.items():
            yield language_of(corpus, name), held_out_pairs(corpus, subject.pivots.get(name))


def select(pairs: Sequence[Pair], settings: Retrieval) -> list[Pair]:
    """The pairs that the settings ask for; the choice depends on texts and ids alone."""
    shortest = settings.minimum_characters
    pairs = [p for p in pairs if min(len(p.source.strip()), len(p.target.strip())) >= shortest]
    if settings.unique:
        pairs = without_repeats(pairs)
    return draw(pairs, settings.sentences)


def cosine(
    queries_QE: npt.NDArray[np.float32], keys_KE: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Cosine of every query with every key, Q x K; a zero vector is similar to nothing."""
    return np.asarray(unit_rows(queries_QE) @ unit_rows(keys_KE).T, dtype=np.float32)


def gold_ranks(similarity_QK: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Rank from 1 of key i for query i; among equals the lower index is first, as in FAISS."""
    gold_Q1 = np.diagonal(similarity_QK)[:, None]
    earlier_QK = np.tri(len(gold_Q1), similarity_QK.shape[1], k=-1, dtype=bool)
    before_QK = (similarity_QK > gold_Q1) | ((similarity_QK == gold_Q1) & earlier_QK)
    return np.asarray(before_QK.sum(axis=1) + 1, dtype=np.int64)


def _similarities(
    pairs: Sequence[Pair], settings: Retrieval, subject: Subject
) -> Iterator[tuple[str, str, npt.NDArray[np.float32]]]:
    """Yield (direction, system, similarity of queries and keys)."""
    pivots, targets = [p.source for p in pairs], [p.target for p in pairs]
    similarity_NN = cosine(
        subject.embed_pivot(pivots, settings, settings.query_model),
        subject.embedder.embed(targets, settings),
    )
    copied_NN = copied_tokens.ngram_similarity(pivots, targets)
    if settings.queries in ("pivot", "both"):
        yield "pivot to target", MODEL, similarity_NN
        yield "pivot to target", copied_tokens.SYSTEM, copied_NN
    if settings.queries in ("target", "both"):
        yield "target to pivot", MODEL, similarity_NN.T
        yield "target to pivot", copied_tokens.SYSTEM, copied_NN.T


def _scores(
    ranks_Q: npt.NDArray[np.int64], settings: Retrieval, language: str, setting: str, system: str
) -> Iterator[Score]:
    def score(metric: str, value: float, error: float, better: Direction = "up") -> Score:
        return Score(
            language,
            metric,
            value,
            len(ranks_Q),
            better,
            system=system,
            setting=setting,
            standard_error=error,
        )

    for k in settings.cutoffs:
        share = float((ranks_Q <= k).mean())
        yield score(f"accuracy@{k}", share, binomial_error(share, len(ranks_Q)))
    reciprocal_Q = 1 / ranks_Q
    error = float(reciprocal_Q.std() / np.sqrt(len(ranks_Q)))
    yield score("mean_reciprocal_rank", float(reciprocal_Q.mean()), error)


def _predictions(
    pairs: Sequence[Pair],
    similarity_QK: npt.NDArray[np.float32],
    ranks_Q: npt.NDArray[np.int64],
    language: str,
    setting: str,
    system: str,
) -> Iterator[Prediction]:
    best_Q = similarity_QK.argmax(axis=1)
    for i, pair in enumerate(pairs):
        yield {
            "id": pair.id,
            "language": language,
            "setting": setting,
            "system": system,
            "rank": int(ranks_Q[i]),
            "found": pairs[best_Q[i]].id,
            "similarity": round(float(similarity_QK[i, i]), 6),
        }


def _cut_notes(
    pairs: Sequence[Pair], settings: Retrieval, subject: Subject, language: str
) -> Iterator[str]:
    cut = subject.embedder.count_cut([pair.target for pair in pairs], settings)
    if cut:
        yield f"{language}: {cut} of {len(pairs)} sentences were longer than the model and cut"
