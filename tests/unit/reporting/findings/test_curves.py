import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import MEASURE, configuration, make, write_results

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.figures.curves import forgetting_figures
from lingraft.reporting.findings.curves import bands, forgetting, matches, measure_note
from lingraft.reporting.tables.costs import training_table
from lingraft.reporting.tables.curves import curve_table, forgetting_table, match_table
from lingraft.reporting.tables.table import Measure

NAMES = ("random", "wechsel", "trans-tokenization")


@pytest.fixture
def experiment(tmp_path: Path) -> tuple[Config, Path]:
    config = configuration({"swahili": ["swh_Latn"]}, NAMES, seeds=(1, 2))
    return config, write_results(config, tmp_path)


def rewrite(
    results: Path,
    initialization: str,
    values: list[float],
    seed: int = 1,
    elsewhere: dict[str, list[float]] | None = None,
    precision: str | None = None,
) -> None:
    """Replace a training's curve by one with these values at steps 0, 10, 20, ...

    `elsewhere` are the values of corpora that are not trained on.
    """
    folder = results / f"models/swahili/{initialization}/seed-{seed}/pretrained"
    lines = [
        {"kind": "valid", "step": 10 * i, "tokens": 100 * i, "seconds": 36 * i}
        | {"bits_per_byte": bits, "cpu_seconds": 72 * i, "processes": 2, "device": "cpu"}
        | {"measure": MEASURE}
        | ({"precision": precision} if precision else {})
        | (
            {"elsewhere": {name: {"bits_per_byte": own[i]} for name, own in elsewhere.items()}}
            if elsewhere
            else {}
        )
        for i, bits in enumerate(values)
    ]
    make(folder, "model", "metrics.jsonl", "".join(json.dumps(line) + "\n" for line in lines))


def test_bands_average_seeds_from_step_zero(experiment: tuple[Config, Path]) -> None:
    config, results = experiment
    rewrite(results, "random", [4.0, 2.0])
    rewrite(results, "random", [5.0, 2.0], seed=2)
    band = bands(config, collect(config, results))[0]
    assert (band.initialization, band.seeds) == ("random", 2)
    assert list(band.mean) == [4.5, 2.0]
    assert band.sd == pytest.approx([math.sqrt(0.5), 0.0])
    assert list(band.budgets["steps"]) == [0, 10]
    assert list(band.budgets["hours"]) == pytest.approx([21.25 / 3600, 93.25 / 3600])


def test_a_seed_that_stopped_early_is_left_out_of_the_band(
    experiment: tuple[Config, Path],
) -> None:
    config, results = experiment
    rewrite(results, "random", [4.0, 2.0])
    rewrite(results, "random", [9.0], seed=2)
    band = bands(config, collect(config, results))[0]
    assert (band.seeds, list(band.mean)) == (1, [4.0, 2.0])


def test_matches_name_all_three_axes(experiment: tuple[Config, Path]) -> None:
    config, results = experiment
    for seed in (1, 2):
        rewrite(results, "random", [4.0, 3.0, 2.0], seed)
        rewrite(results, "wechsel", [3.0, 1.0, 1.0], seed)
        rewrite(results, "trans-tokenization", [4.0, 3.5, 3.0], seed)
    found = matches(config, collect(config, results))
    mine = {m.catch_up.axis: m.catch_up for m in found if m.initialization == "wechsel"}
    assert mine["steps"].budget == pytest.approx(5)
    assert mine["tokens"].budget == pytest.approx(50)
    assert mine["hours"].budget == pytest.approx((21.25 + 36) / 3600)  # initialization counts
    assert mine["hours"].speed_up == pytest.approx((21.25 + 144) / (21.25 + 36))
    assert mine["steps"].speed_up == pytest.approx(4.0)
    assert mine["tokens"].speed_up == pytest.approx(4.0)
    rows = match_table(found, "CPU-hours").rows
    never = next(row for row in rows if row["initialization"] == "trans-tokenization")
    assert never["steps budget"] == Measure("not reached", "not reached")
    assert never["steps factor"].value == "not reached"


def test_points_are_in_the_table(experiment: tuple[Config, Path]) -> None:
    config, results = experiment
    found = bands(config, collect(config, results))
    assert len(curve_table(found, "Hours").rows) == 3 * 7


def test_what_is_forgotten_has_curves_beside_the_source_model(
    experiment: tuple[Config, Path],
) -> None:
    config, results = experiment
    assert forgetting(config, collect(config, results)) == []  # trainings of earlier versions
    for seed in (1, 2):
        rewrite(results, "random", [4.0, 2.0], seed, {"english": [2.0, 3.0 + seed]})
    rewrite(results, "wechsel", [4.0, 2.0], 1, {"news": [9.0, 9.0]})  # not one of this run
    [found] = forgetting(config, collect(config, results))
    assert (found.run, found.corpus) == ("swahili", "english")
    [band] = found.bands
    assert (band.initialization, list(band.mean), band.seeds) == ("random", [2.0, 4.5], 2)
    assert list(band.budgets["steps"]) == [0, 10]
    known = replace(found, source=1.5)
    rows = forgetting_table([known]).rows
    assert [row["difference"] for row in rows] == [0.5, 3.0]
    [figure] = forgetting_figures(config, [known])
    line, level = figure.series
    assert list(line.y) == [2.0, 4.5]
    assert (list(level.x), list(level.y), level.dotted) == ([0, 10], [1.5, 1.5], True)
    assert "source model 1.50" in figure.alternative


def test_half_precision_is_told(experiment: tuple[Config, Path]) -> None:
    config, results = experiment
    collection = collect(config, results)
    assert "half precision" not in measure_note(config, collection)
    low = {
        name: recipe.model_copy(update={"precision": "bf16"})
        for name, recipe in config.pretraining.items()
    }
    known = measure_note(config.model_copy(update={"pretraining": low}), collection)
    assert known.endswith("by more than the seeds do.")


def test_what_trainings_say_of_their_arithmetic_counts(experiment: tuple[Config, Path]) -> None:
    """A recipe may leave the choice to the machine, and machines may differ."""
    config, results = experiment
    rewrite(results, "random", [4.0, 2.0], precision="bf16")
    note = measure_note(config, collect(config, results))
    assert "half precision" in note and "differ in their arithmetic" not in note
    rewrite(results, "wechsel", [4.0, 2.0], precision="fp32")
    note = measure_note(config, collect(config, results))
    assert "differ in their arithmetic (bf16, fp32; see" in note
    table = training_table(collect(config, results), "")
    assert "Arithmetic" in [column.label for column in table.columns]


def test_a_named_corpus_without_its_curve_is_a_gap(experiment: tuple[Config, Path]) -> None:
    """A training does not wait for a corpus that it is not made from, so it may have none."""
    config, results = experiment
    run = config.runs["swahili"].model_copy(update={"evaluation_corpora": ["english"]})
    named = config.model_copy(update={"runs": {"swahili": run}})
    rewrite(results, "random", [4.0, 2.0], elsewhere={"english": [1.0, 1.5]})
    rewrite(results, "random", [4.0, 2.0], seed=2)
    found = [gap for gap in collect(named, results).gaps if "curve" in gap.what]
    assert [gap.what for gap in found if "/ random /" in gap.what] == [
        "swahili / random / seed 2, pretrained: curve of english"
    ]
    assert "the corpus was not made yet" in found[0].reason
    assert not [gap for gap in collect(config, results).gaps if "curve" in gap.what]
    silent = {
        name: recipe.model_copy(update={"evaluate_elsewhere": False})
        for name, recipe in named.pretraining.items()
    }
    asked = named.model_copy(update={"pretraining": silent})
    assert not [gap for gap in collect(asked, results).gaps if "curve" in gap.what]
