"""LIMIT: the construction, an exact oracle, and small vocabularies."""

from collections.abc import Callable
from pathlib import Path

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
