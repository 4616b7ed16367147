"""Diagnostics of the embedding space: with pairs, without, and what is too small to measure."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from evaluation_samples import save_masked_model, sentences

from lingraft.evaluation.measures.geometry import anisotropy
from lingraft.evaluation.outcome import Outcome
from lingraft.evaluation.stage import run_task
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.embedding_space import EmbeddingSpace
from lingraft.reporting.findings.example_sums import example_sums, read_groups

SAME = EmbeddingSpace(query_model="same", sentences=30, neighbors=3)
ALL = {"anisotropy", "uniformity", "effective_rank", "alignment", "hubness@3", "anti_hubs@3"}


def texts(seed: int, count: int = 40) -> dict[str, str]:
    return {str(i): text for i, text in enumerate(sentences(count, 8, seed))}


def values(outcome: Outcome) -> dict[str, float | None]:
    return {score.metric: score.value for score in outcome.scores}


def test_translations_that_are_copies_coincide(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpus, pivot = make_corpus("t", texts(0)), make_corpus("p", texts(0))
    subject = ModelSubject(masked_model, corpora={"t": corpus}, pivots={"t": pivot})
    found = SAME.evaluate(subject)
    assert {score.n for score in found.scores} == {30}
    assert set(values(found)) == ALL
    assert values(found)["alignment"] == pytest.approx(0, abs=1e-9)
    assert 1 < (values(found)["effective_rank"] or 0) < 16


def test_scores_are_those_of_the_vectors_and_follow_from_the_records(
    masked_model: Path, make_corpus: Callable[..., Path], tmp_path: Path
) -> None:
    corpora = {"t": make_corpus("t", texts(1))}, {"t": make_corpus("p", texts(2))}
    source = save_masked_model(tmp_path / "source", seed=5)
    subject = ModelSubject(masked_model, source, *corpora)
    task = EmbeddingSpace(sentences=30, minimum_characters=4)
    path = run_task(task, subject, tmp_path / "embedding_space.json")
    found = task.evaluate(subject)
    (records,) = read_groups(path.with_suffix(".predictions.jsonl.zst")).values()
    own = [texts(1)[id] for id in records.ids]
    assert min(map(len, own)) >= 4
    assert values(found)["anisotropy"] == pytest.approx(
        anisotropy(subject.embedder.embed(own, task)).mean()
    )
    for metric in ("anisotropy", "uniformity", "alignment"):
        sums = example_sums("embedding_space", metric, records)
        assert sums is not None and sums.score == pytest.approx(values(found)[metric], abs=1e-9)
        [score] = [score for score in found.scores if score.metric == metric]
        own_values = np.array(records[metric])
        assert score.standard_error == pytest.approx(own_values.std(ddof=1) / math.sqrt(score.n))


def test_a_corpus_without_pivot_gives_what_needs_no_pairs(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpora = {"alone": make_corpus("a", texts(3))}
    found = SAME.evaluate(ModelSubject(masked_model, corpora=corpora))
    measured = {metric for metric, value in values(found).items() if value is not None}
    assert measured == {"anisotropy", "uniformity", "effective_rank"}
    assert found.notes == ["alone: fewer than 3 usable held-out pairs"]
    assert len(found.predictions) == 30


def test_too_few_texts_pairs_or_neighbors_are_said(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpora = {"one": make_corpus("o", {"1": "w3"}), "few": make_corpus("f", texts(4, 5))}
    pivots = {"few": make_corpus("p", texts(5, 5))}
    task = EmbeddingSpace(query_model="same")
    found = task.evaluate(ModelSubject(masked_model, corpora=corpora, pivots=pivots))
    assert "one: 1 held-out texts, 3 are needed" in found.notes
    assert "few: 5 pairs, more than 10 neighbors are needed" in found.notes
    assert values(found)["alignment"] is not None


def test_vectors_that_are_not_finite_are_said(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    subject = ModelSubject(masked_model, corpora={"x": make_corpus("x", texts(6))})
    subject.model.base_model.embeddings.word_embeddings.weight.data.fill_(math.nan)
    found = SAME.evaluate(subject)
    assert found.notes == ["x: the model's vectors are not finite"]


def test_the_protocol_says_who_embeds_the_pivot() -> None:
    assert EmbeddingSpace().protocol() == "embedding_space/source"
    assert SAME.protocol() == "embedding_space/same"
