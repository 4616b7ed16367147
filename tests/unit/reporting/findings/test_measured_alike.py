"""Curves are shown where they are the measure of the tables, and else a sentence says why not."""

import json
from pathlib import Path
from typing import Any

import pytest
from synthetic import configuration, make, write_results

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.findings.curves import bands, matches
from lingraft.reporting.findings.measured_alike import measured_otherwise
from lingraft.reporting.writing.sections import compose
from lingraft.stages.trainings import TrainingId

NAMES = ("random", "wechsel")


@pytest.fixture
def experiment(tmp_path: Path) -> tuple[Config, Path]:
    config = configuration({"swahili": ["swh_Latn"]}, NAMES)
    return config, write_results(config, tmp_path)


def change_record(results: Path, initialization: str, last: int, **changed: Any) -> None:
    """Change what the last lines of a training record of their measure; nothing leaves none."""
    folder = results / "models/swahili" / initialization / "seed-1/pretrained"
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for line in [line for line in lines if line["kind"] == "valid"][-last:]:
        line["measure"] |= changed
        if not changed:
            del line["measure"]
    make(folder, "model", "metrics.jsonl", "".join(json.dumps(line) + "\n" for line in lines))


def test_all_curves_are_shown_where_the_settings_are_the_same(
    experiment: tuple[Config, Path],
) -> None:
    config, results = experiment
    collection = collect(config, results)
    assert list(measured_otherwise(config, collection)) == []
    assert [band.initialization for band in bands(config, collection)] == ["random", "wechsel"]


def shown(config: Config, collection: Collected) -> list[str]:
    return [band.initialization for band in bands(config, collection)]


@pytest.mark.parametrize("last", [1, 7])
def test_other_settings_leave_a_curve_out(experiment: tuple[Config, Path], last: int) -> None:
    """Also where they changed in the middle of a training, which went on."""
    config, results = experiment
    change_record(results, "wechsel", last, documents=200)
    collection = collect(config, results)
    assert shown(config, collection) == ["random"]
    assert matches(config, collection) == []
    (said,) = measured_otherwise(config, collection)
    assert said == (
        "The curves of 1 of 2 trainings are left out: they were measured with documents 200 and "
        "not 1000. To have them, give `evaluation.language_model` its values back, or train "
        "again: delete results/demo/models/swahili/wechsel/seed-1/pretrained and "
        "state/demo/models/swahili/wechsel/seed-1/pretrained, and run the workflow."
    )


def test_trainings_of_an_earlier_version_have_no_curve(experiment: tuple[Config, Path]) -> None:
    """The report is written all the same, and gives no speed-up by another measure."""
    config, results = experiment
    for name in NAMES:
        change_record(results, name, last=7)
    collection = collect(config, results)
    (said,) = measured_otherwise(config, collection)
    assert "2 of 2 trainings are left out: an earlier version measured" in said
    assert "seed-1/pretrained and the same of the others, and run" in said
    content = compose(config, collection)
    (training,) = [section for section in content.sections if section.id == "training"]
    assert (list(training.warnings), list(training.parts)) == ([said], [])
    assert not [s for c in content.conclusions for s in c.sentences if "baseline's last" in s]


def test_a_run_that_was_not_measured_needs_no_word(experiment: tuple[Config, Path]) -> None:
    """Corpora without held-out text leave no line, and there is nothing to repair."""
    config, results = experiment
    folder = results / "models/swahili/wechsel/seed-1/pretrained"
    make(folder, "model", "metrics.jsonl", json.dumps({"kind": "train", "step": 1}) + "\n")
    collection = collect(config, results)
    assert TrainingId("swahili", "wechsel", 1) in collection.curves
    assert list(measured_otherwise(config, collection)) == []
    assert shown(config, collection) == ["random"]
