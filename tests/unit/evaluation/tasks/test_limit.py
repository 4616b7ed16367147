"""LIMIT: the construction, an exact oracle, and small vocabularies."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lingraft.evaluation.measures import free_vectors
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.limit import Limit

WORDS = [f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(600)]


def test_word_overlap_solves_what_vectors_do_not(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpus = make_corpus("c", {"1": " ".join(WORDS[:250])})
    outcome = Limit(documents=15, queries=100, cutoffs=(2, 15)).evaluate(
        ModelSubject(masked_model, corpora={"x": corpus})
    )
    found = {(s.system, s.metric): s.value for s in outcome.scores}
    assert (found[("copied tokens", "recall@2")] or 0) > 0.55
    assert (found[("model", "recall@2")] or 0) < 0.5
    assert found[("model", "recall@15")] == 1
    assert len(outcome.predictions) == 100


def test_too_few_words_are_said(masked_model: Path, make_corpus: Callable[..., Path]) -> None:
    corpora = {
        "few": make_corpus("f", {"1": "ab cd ef"}),
        "some": make_corpus("s", {"1": " ".join(WORDS[:60])}),
    }
    outcome = Limit(documents=20, queries=100).evaluate(ModelSubject(masked_model, corpora=corpora))
    assert outcome.scores[0].value is None
    assert "some: words for 40 queries only" in outcome.notes


def test_free_vectors_are_fitted_once_for_all_models(
    masked_model: Path,
    causal_model: Path,
    make_corpus: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []
    monkeypatch.setattr(free_vectors, "critical_documents", lambda *given: calls.append(given) or 9)
    corpora = {"x": make_corpus("c", {"1": " ".join(WORDS[:250])})}
    task = Limit(documents=6, queries=15, free_dimensions=(4,))
    for model in (masked_model, causal_model):
        subject = ModelSubject(model, corpora=corpora, state=tmp_path / "state")
        [score] = [s for s in task.evaluate(subject).scores if s.system == "free vectors"]
        assert (score.language, score.metric, score.value) == ("all", "critical_documents", 9)
        assert (score.setting, score.n, score.better) == ("4 dimensions", 36, "none")
    assert calls == [(4, 0)]
    assert Limit().free_dimensions == ()
