import numpy as np
import pytest
from sklearn.metrics import f1_score

from lingraft.reporting.statistics import Examples


def test_accuracy_is_a_mean() -> None:
    assert Examples.of(np.array([1.0, 0, 0, 1])).score_S == pytest.approx([0.5])


def test_ratio_of_sums_is_not_the_mean_of_ratios() -> None:
    examples = Examples.of(np.array([1.0, 9.0]), np.array([1.0, 3.0]))
    assert examples.score_S == pytest.approx([10 / 4])


def test_macro_f1_is_sklearns() -> None:
    rng = np.random.default_rng(0)
    gold, predicted = rng.integers(0, 4, size=(2, 60))
    classes_K = np.arange(4)
    hits_NK = 2.0 * ((gold[:, None] == classes_K) & (predicted[:, None] == classes_K))
    sums_NK = (gold[:, None] == classes_K) * 1.0 + (predicted[:, None] == classes_K)
    examples = Examples(hits_NK[None], sums_NK[None])
    assert examples.score_S == pytest.approx([f1_score(gold, predicted, average="macro")])


def test_a_class_that_does_not_occur_counts_for_nothing() -> None:
    numerators, denominators = np.array([[[2.0, 0.0]]]), np.array([[[2.0, 0.0]]])
    assert Examples(numerators, denominators).score_S == pytest.approx([1.0])


@pytest.mark.parametrize("transform", ["identity", "exp"])
def test_influence_averages_to_the_score(transform: str) -> None:
    rng = np.random.default_rng(3)
    parts = rng.random((2, 3, 20, 4)) + 0.1
    examples = Examples(parts[0], parts[1], transform)
    assert examples.influence_SN.mean(axis=1) == pytest.approx(examples.score_S)


def test_influence_predicts_what_leaving_an_example_out_does() -> None:
    rng = np.random.default_rng(4)
    losses, counts = rng.random(200) * 5, rng.integers(1, 9, size=200).astype(float)
    whole = Examples.of(losses, counts)
    without = Examples.of(losses[1:], counts[1:]).score_S[0]
    predicted = whole.score_S[0] - (whole.influence_SN[0, 0] - whole.score_S[0]) / 200
    assert without == pytest.approx(predicted, abs=1e-3)
