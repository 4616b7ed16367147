"""Sentence retrieval: exact ranks, the papers' setting, and languages without data."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from evaluation_samples import WORDS, save_masked_model, sentences

from lingraft.corpus.documents import Pair
from lingraft.evaluation.outcome import MODEL, Outcome
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.retrieval import Retrieval

SAME = Retrieval(query_model="same")


def values(outcome: Outcome, system: str = MODEL) -> dict[str, float | None]:
    return {score.metric: score.value for score in outcome.scores if score.system == system}


def test_identical_sentences_are_all_found(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    texts = {str(i): text for i, text in enumerate(sentences(60, longest=12))}
    corpus, pivot = make_corpus("t", texts), make_corpus("p", texts)
    outcome = SAME.evaluate(ModelSubject(masked_model, corpora={"t": corpus}, pivots={"t": pivot}))
    assert values(outcome)["accuracy@1"] == 1
    assert values(outcome, "copied tokens")["accuracy@1"] == 1
    assert values(outcome)["mean_reciprocal_rank"] == 1
    assert all(row["rank"] == 1 for row in outcome.predictions)


def test_scores_follow_from_the_predictions_in_both_directions(
    masked_model: Path, tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    target = make_corpus("t", {str(i): text for i, text in enumerate(sentences(50, 8, 1))})
    pivot = make_corpus("p", {str(i): text for i, text in enumerate(sentences(50, 8, 2))})
    other = save_masked_model(tmp_path / "source", seed=5)
    subject = ModelSubject(masked_model, other, {"t": target}, {"t": pivot})
    outcome = Retrieval(queries="both").evaluate(subject)
    for direction in ("pivot to target", "target to pivot"):
        ranks = [
            row["rank"]
            for row in outcome.predictions
            if row["setting"] == direction and row["system"] == MODEL
        ]
        assert len(ranks) > 40
        for score in outcome.scores:
            if score.setting == direction and score.system == MODEL and "@" in score.metric:
                k = int(score.metric.split("@")[1])
                assert score.value == pytest.approx(np.mean(np.array(ranks) <= k))


def test_the_source_model_embeds_the_pivot_unless_told_otherwise(
    masked_model: Path, tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    texts = {str(i): text for i, text in enumerate(sentences(40, 8))}
    corpora = {"t": make_corpus("t", texts)}, {"t": make_corpus("p", texts)}
    other = save_masked_model(tmp_path / "source", seed=5)
    subject = ModelSubject(masked_model, source_model=other, corpora=corpora[0], pivots=corpora[1])
    assert values(SAME.evaluate(subject))["accuracy@1"] == 1
    assert (values(Retrieval().evaluate(subject))["accuracy@1"] or 0) < 0.5


def test_a_query_model_of_another_width_is_no_crash(
    masked_model: Path, tmp_path: Path, make_corpus: Callable[..., Path]
) -> None:
    texts = {str(i): text for i, text in enumerate(sentences(40, 8))}
    corpora = {"t": make_corpus("t", texts)}, {"t": make_corpus("p", texts)}
    wide = save_masked_model(tmp_path / "source", width=32)
    outcome = Retrieval().evaluate(ModelSubject(masked_model, wide, *corpora))
    assert values(outcome) == {"accuracy@1": None}
    assert "have 32 numbers, those of the model 16" in outcome.scores[0].note


def test_languages_without_enough_pairs_say_so(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    pivot = make_corpus("p", {"1": "w1", "2": "w2"})
    corpora = {
        "empty": make_corpus("e", {}),
        "one": make_corpus("o", {"1": "w3"}),
        "alone": make_corpus("a", {"1": "w3"}),
    }
    pivots = {"empty": pivot, "one": pivot}
    outcome = SAME.evaluate(ModelSubject(masked_model, corpora=corpora, pivots=pivots))
    assert [(score.language, score.value) for score in outcome.scores] == [
        ("empty", None),
        ("one", None),
        ("alone", None),
    ]
    assert "1 usable held-out pairs" in outcome.scores[1].note
    assert len(outcome.notes) == 3


def test_overlong_sentences_are_cut_and_reported(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    long = " ".join(WORDS)
    corpus = make_corpus("t", {"1": long, "2": "w1"})
    pivot = make_corpus("p", {"1": "w5", "2": "w6"})
    outcome = SAME.evaluate(ModelSubject(masked_model, corpora={"t": corpus}, pivots={"t": pivot}))
    assert any("1 of 2 sentences were longer" in note for note in outcome.notes)


def test_selection_follows_the_settings() -> None:
    pairs = [Pair(str(i), f"s{i % 9}", f"target {i}") for i in range(12)]
    assert len(Retrieval(unique=False, sentences=None).select(pairs)) == 12
    assert len(Retrieval(sentences=None).select(pairs)) == 6
    assert len(Retrieval(sentences=4).select(pairs)) == 4
    assert Retrieval(minimum_characters=3).select(pairs) == []


def test_the_papers_setting_has_a_protocol_of_its_own() -> None:
    papers = Retrieval(layer=8, query_model="same", unique=False, sentences=500)
    assert papers.protocol() == "retrieval/sr"
    assert Retrieval().protocol() == "retrieval/source"
    assert SAME.protocol() == "retrieval/same"
