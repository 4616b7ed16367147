"""One method minus another: single languages, means over languages, and the best other method."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from lingraft.config.report import Report
from lingraft.reporting.findings.cells import Tested
from lingraft.reporting.findings.contrasts import (
    against_best_other,
    in_languages,
    over_languages,
)
from lingraft.reporting.findings.finding import Criterion, Finding
from lingraft.reporting.findings.leading import Leaders

REPORT = Report()
PLACE = Criterion("r", "pretrained", "t", "t/p", "swh_Latn", "loss", "", "valid", "down")
FINDING = Finding(PLACE, "a", mean=2.0, seeds=2)


def test_a_mean_and_its_interval_are_those_of_students_t() -> None:
    """An independent computation: scipy's interval, which the stretched bootstrap estimates."""
    values = np.random.default_rng(0).normal(-0.1, 0.2, size=14)
    found = over_languages("all", {"b": list(values)}, "down", REPORT)["b"]
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert found.difference == pytest.approx(values.mean())
    assert (found.languages, found.other, found.over) == (14, "b", "all")
    width = expected.high - expected.low
    assert found.low == pytest.approx(expected.low, abs=0.06 * width)
    assert found.high == pytest.approx(expected.high, abs=0.06 * width)


def test_the_order_of_the_languages_changes_nothing() -> None:
    values = list(np.random.default_rng(1).normal(size=9))
    first = over_languages("all", {"b": values}, "up", REPORT)
    assert over_languages("all", {"b": values[::-1]}, "up", REPORT) == first


def test_an_interval_over_languages_covers_examples_too() -> None:
    """Languages and examples vary: resampling languages alone contains the truth 19 times in 20."""
    rng = np.random.default_rng(2)
    true, languages, examples, inside = -0.05, 12, 20, 0
    report = Report(resamples=400)
    for _ in range(400):
        effects_L = rng.normal(true, 0.1, size=languages)
        values_LN = effects_L[:, None] + rng.normal(scale=0.5, size=(languages, examples))
        found = over_languages("all", {"b": list(values_LN.mean(axis=1))}, "down", report)["b"]
        assert found.low is not None and found.high is not None
        inside += found.low <= true <= found.high
    assert inside / 400 == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_than_three_languages_give_no_interval(count: int) -> None:
    found = over_languages("few", {"b": [-0.5, -0.4][:count]}, "down", REPORT)["b"]
    assert (found.low, found.high, found.outcome) == (None, None, "untested")
    assert over_languages("none", {"b": []}, "down", REPORT) == {}


def test_many_methods_are_corrected() -> None:
    """A difference that one test confirms is level among twenty."""
    values = [-0.30, -0.02, -0.14, -0.08, -0.21]
    assert 0.0025 < stats.ttest_1samp(values, 0.0).pvalue < 0.05
    alone = over_languages("all", {"b": values}, "down", REPORT)
    assert alone["b"].outcome == "better"
    noise = np.random.default_rng(3).normal(size=(19, 5))
    many = {"b": values, **{f"n{i}": list(row) for i, row in enumerate(noise)}}
    assert over_languages("all", many, "down", REPORT)["b"].outcome == "level"


@pytest.mark.parametrize(
    ("test", "seeds", "outcome"),
    [
        ((-0.5, -0.6, -0.4, 0.001), 2, "better"),
        ((0.5, 0.4, 0.6, 0.001), 2, "worse"),
        ((-0.5, -1.1, 0.1, 0.2), 2, "level"),
        ((-0.5, -0.6, -0.4, 0.2), 2, "level"),  # the corrected test does not confirm it
        ((-0.01, -0.015, -0.005, 0.001), 1, "level"),  # another seed may move it as much
        (None, 2, "untested"),
    ],
)
def test_outcomes_in_a_language(test: tuple[float, ...] | None, seeds: int, outcome: str) -> None:
    difference = test[0] if test else -0.5
    first = replace(FINDING, seeds=seeds)
    second = replace(first, initialization="b", mean=2.0 - difference)
    tests = {"r": Tested(*test, "")} if test else {}  # type: ignore[call-arg]
    [found] = in_languages({"r": (first, second)}, tests, REPORT)
    assert found.outcome == outcome
    assert found.difference == pytest.approx(difference)


def test_many_languages_are_corrected() -> None:
    pairs = {f"r{i}": (FINDING, replace(FINDING, initialization="b", mean=2.5)) for i in range(10)}
    tests = {run: Tested(-0.5, -0.9, -0.1, 0.03, "") for run in pairs}
    assert {c.outcome for c in in_languages(pairs, tests, REPORT)} == {"level"}


def leaders(*level: str) -> Leaders:
    means = {"a": 1.0, "b": 1.5, "c": 2.0}
    ranked = [replace(FINDING, initialization=name, mean=mean) for name, mean in means.items()]
    tests = {"b": Tested(-0.5, -0.7, -0.3, 0.01, ""), "c": Tested(-1.0, -1.2, -0.8, 0.001, "")}
    return Leaders(ranked, level, tests, asked=3)


def test_the_best_is_compared_with_the_second() -> None:
    found = against_best_other("r", "a", leaders("a"))
    assert found is not None
    assert (found.other, found.difference, found.low, found.high) == ("b", -0.5, -0.7, -0.3)
    assert found.outcome == "better"
    level = against_best_other("r", "a", leaders("a", "b"))
    assert level is not None and level.outcome == "level"


def test_another_is_compared_with_the_best() -> None:
    found = against_best_other("r", "c", leaders("a", "b"))
    assert found is not None
    assert (found.other, found.difference, found.low, found.high) == ("a", 1.0, 0.8, 1.2)
    assert found.outcome == "worse"
    level = against_best_other("r", "b", leaders("a", "b"))
    assert level is not None and level.outcome == "level"


def test_what_was_not_measured_or_tested_has_no_outcome() -> None:
    assert against_best_other("r", "d", leaders("a")) is None
    untested = replace(leaders(), tests=None)
    found = against_best_other("r", "a", untested)
    assert found is not None and found.outcome == "untested" and found.low is None
