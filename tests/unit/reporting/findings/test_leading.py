"""Who is named at the top: all that no test can tell from the best, and nobody where none can."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import configuration, write_results

from lingraft.evaluation.results import predictions_path
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.findings.cells import Cells, Tested
from lingraft.reporting.findings.comparing import find
from lingraft.reporting.findings.finding import ALL, Criterion, Finding
from lingraft.reporting.findings.leading import Standings, _apart
from lingraft.reporting.statistics import mean_test

# Names that the synthetic results do not know are given the effect of wechsel, with other noise.
NAMES = ("random", "wechsel", "wechsel-again", "mean")


def standings(config: Config, results: Path) -> Standings:
    cells = Cells(collect(config, results))
    return Standings(config, cells, find(config, cells))


def bits(found: Standings, **wanted: str) -> Criterion:
    wanted = {"metric": "bits_per_byte", "step": "pretrained", **wanted}
    [criterion] = [p for p in found.criteria if all(getattr(p, k) == v for k, v in wanted.items())]
    return criterion


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Path]:
    config = configuration({"swahili": ["swh_Latn"]}, NAMES)
    return config, write_results(config, tmp_path_factory.mktemp("leading"), 40, 10)


def test_those_that_no_test_tells_apart_are_level(experiment: tuple[Config, Path]) -> None:
    found = standings(*experiment)
    leaders = found.of(bits(found))
    assert set(leaders.level) == {"wechsel", "wechsel-again"}
    assert leaders.is_decided and leaders.one_seed
    marked = {f.initialization for f in found.all(bits(found)) if f.top}
    assert marked == {"wechsel", "wechsel-again"}


def test_the_order_of_the_configuration_decides_nothing(experiment: tuple[Config, Path]) -> None:
    config, results = experiment
    other = configuration({"swahili": ["swh_Latn"]}, NAMES[::-1])
    first, second = standings(config, results), standings(other, results)
    assert first.of(bits(first)).level == second.of(bits(second)).level


def test_without_predictions_and_with_one_seed_nobody_is_named(tmp_path: Path) -> None:
    config = configuration({"swahili": ["swh_Latn"]}, ("random", "wechsel"))
    results = write_results(config, tmp_path, 10, 10)
    for path in results.glob("evaluation/*/*/*/*/language_model.json"):
        predictions_path(path).unlink()
    found = standings(config, results)
    leaders = found.of(bits(found))
    assert leaders.level == () and not leaders.is_decided
    assert "cannot be compared" in leaders.reason
    assert not any(f.top for f in found.all(bits(found)))


def test_a_mean_over_languages_is_tested_over_languages(tmp_path: Path) -> None:
    config = configuration({"many": ["swh_Latn", "zho_Hans", "deu_Latn"]}, NAMES)
    found = standings(config, write_results(config, tmp_path, 10, 10))
    leaders = found.of(bits(found, language=ALL))
    assert leaders.tests is not None
    assert {test.evidence for test in leaders.tests.values()} == {"3 languages"}
    assert "random" not in leaders.level


PLACE = Criterion("r", "pretrained", "t", "t/p", "swh_Latn", "loss", "", "valid", "down")
BEST = Finding(PLACE, "best", mean=2.0, seeds=2)


@pytest.mark.parametrize(
    ("mean", "seeds", "test", "behind"),
    [
        (2.5, 2, (-0.5, -0.6, -0.4, 0.001), True),
        (2.5, 2, (-0.5, -0.6, 0.1, 0.2), False),  # the interval holds zero
        (2.5, 2, (-0.5, -0.6, -0.4, 0.2), False),  # the corrected test does not support it
        (2.0004, 2, (-0.0004, -0.0005, -0.0003, 0.001), False),  # no digit shows it
        (2.01, 2, (-0.01, -0.011, -0.009, 0.001), True),
        (2.01, 1, (-0.01, -0.011, -0.009, 0.001), False),  # another seed may move it as much
        (2.5, 1, (-0.5, -0.6, -0.4, 0.001), True),
        (2.5, 2, (0.5, 0.4, 0.6, 0.001), False),  # with the seeds that both have, it is ahead
        (2.01, 1, (-0.01, -0.011, -0.009, 0.001, "", True), True),  # the test covers seeds
        (2.5, 2, None, None),
    ],
)
def test_who_is_behind(
    mean: float, seeds: int, test: tuple[float, ...] | None, behind: bool | None
) -> None:
    other = replace(BEST, initialization="other", mean=mean, seeds=seeds)
    tests = {} if test is None else {"other": Tested(*(*test, "")[:5], *test[5:])}  # type: ignore[arg-type]
    assert _apart(BEST, [other], tests, 0.95).get("other") is behind


def test_seeds_of_some_show_how_much_seeds_vary(tmp_path: Path) -> None:
    """The best and the baseline have two seeds, the others one: no doubt about seeds is left, and
    intervals are wider than over examples alone."""
    several = {"random": [1, 2], "wechsel": [1, 2]}
    config = configuration({"swahili": ["swh_Latn"]}, NAMES, seeds=several)
    found = standings(config, write_results(config, tmp_path, 40, 10))
    leaders = found.of(bits(found))
    assert not leaders.one_seed and leaders.tests is not None
    assert {f.initialization: f.seeds for f in leaders.ranked}["mean"] == 1
    own = found.measured(bits(found), "mean")
    assert own is not None
    assert own.evidence == "40 examples, one seed, and the spread of seeds elsewhere"
    alone = configuration({"swahili": ["swh_Latn"]}, NAMES)
    narrow = standings(alone, tmp_path / "results" / "demo").measured(bits(found), "mean")
    assert narrow is not None
    assert own.difference == narrow.difference
    assert own.low is not None and narrow.low is not None and own.low < narrow.low
    assert own.high is not None and narrow.high is not None and own.high > narrow.high


def test_many_comparisons_with_the_best_are_corrected() -> None:
    """A p of 0.03 is one in twenty of something among many."""
    others = [replace(BEST, initialization=f"m{i}", mean=2.5) for i in range(10)]
    tests = {f.initialization: Tested(-0.5, -0.9, -0.1, 0.03, "") for f in others}
    assert not any(_apart(BEST, others, tests, 0.95).values())
    assert all(_apart(BEST, others[:1], tests, 0.95).values())


def test_a_test_of_a_mean_has_its_size() -> None:
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(2000, 5))
    assert np.mean([mean_test(row) < 0.05 for row in draws]) == pytest.approx(0.05, abs=0.015)
    assert mean_test([1.0, 1.0, 1.0]) == 0.0
    with pytest.raises(ValueError, match="cannot be tested"):
        mean_test([1.0])
