"""Robustness: a curve over noise, from the predictions, and languages without text."""

from collections.abc import Callable
from pathlib import Path

import pytest
from evaluation_samples import sentences
from pydantic import ValidationError

from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.robustness import Robustness


def test_a_text_finds_itself_and_less_so_with_noise(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpus = make_corpus("t", {str(i): text for i, text in enumerate(sentences(60, longest=12))})
    task = Robustness(noise=(0.0, 0.2, 1.0), minimum_characters=1)
    outcome = task.evaluate(ModelSubject(masked_model, corpora={"t": corpus}))
    assert [score.setting for score in outcome.scores] == ["noise 0", "noise 0.2", "noise 1"]
    values = [score.value for score in outcome.scores]
    assert values[0] == 1.0 and values[0] > values[1] >= values[2]
    for score in outcome.scores:
        ranks = [row["rank"] for row in outcome.predictions if row["setting"] == score.setting]
        assert len(ranks) == score.n
        assert score.value == pytest.approx(sum(rank == 1 for rank in ranks) / len(ranks))


def test_texts_that_occur_twice_or_are_short_are_left_out(
    masked_model: Path, make_corpus: Callable[..., Path]
) -> None:
    corpus = make_corpus("t", {"a": "one long text", "b": "one long text", "c": "no"})
    outcome = Robustness().evaluate(ModelSubject(masked_model, corpora={"t": corpus}))
    assert outcome.scores[0].value is None
    assert "1 usable held-out texts, 2 are needed" in outcome.scores[0].note


@pytest.mark.parametrize("noise", [[], [1.5], [-0.1], [0.1, 0.2, 0.1], [0.1, 0.10000001]])
def test_shares_are_shares(noise) -> None:
    with pytest.raises(ValidationError):
        Robustness(noise=noise)
