"""Two threads and one measure the same: each number of threads its own bits, the rest rounding."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from evaluation_samples import save_masked_model, sentences

from lingraft.evaluation.outcome import Outcome
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.language_model import LanguageModel
from lingraft.evaluation.tasks.retrieval import Retrieval

MODELS = {"width": 128}  # wide enough for threads to share its products


@pytest.fixture
def measured(
    tmp_path: Path, make_corpus: Callable[..., Path]
) -> Iterator[Callable[[int], Sequence[Outcome]]]:
    """Measure a model with a number of threads: held-out losses, and a search among sentences."""
    model = save_masked_model(tmp_path / "model", **MODELS)
    texts = {str(number): text for number, text in enumerate(sentences(12))}
    turned = {number: " ".join(reversed(text.split())) for number, text in texts.items()}
    corpora, pivots = {"t": make_corpus("texts", texts)}, {"t": make_corpus("turned", turned)}
    usual = torch.get_num_threads()

    def measure(threads: int) -> Sequence[Outcome]:
        torch.set_num_threads(threads)
        subject = ModelSubject(model, corpora=corpora, pivots=pivots)
        tasks = LanguageModel(), Retrieval(query_model="same")
        return [task.evaluate(subject) for task in tasks]

    yield measure
    torch.set_num_threads(usual)


def numbers(outcome: Outcome, key: str) -> list[float]:
    return [record[key] for record in outcome.predictions if key in record]


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_threads_give_the_same_bits(
    measured: Callable[[int], Sequence[Outcome]], threads: int
) -> None:
    assert measured(threads) == measured(threads)


def test_two_threads_differ_from_one_by_rounding(
    measured: Callable[[int], Sequence[Outcome]],
) -> None:
    (loss, search), (other_loss, other_search) = measured(1), measured(2)
    assert len(numbers(loss, "loss")) == 12 <= len(numbers(search, "rank"))
    np.testing.assert_allclose(numbers(loss, "loss"), numbers(other_loss, "loss"), rtol=1e-5)
    assert numbers(search, "rank") == numbers(other_search, "rank")
    assert [s.value for s in search.scores] == [s.value for s in other_search.scores]
