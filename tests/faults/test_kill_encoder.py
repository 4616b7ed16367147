"""A tuning that is killed again and again ends with the same bits as one that is not."""

import json
from pathlib import Path
from typing import Any

import pytest
from laboratory import Case, Laboratory
from test_kill import MACHINE, outcome, reference, survive

TRANSLATIONS = {"data": ["pairs"], "batch_size": 8}
DISTILLATION = {**TRANSLATIONS, "loss": {"name": "distillation"}}
RECIPE: dict[str, Any] = {
    "learning_rate": 1e-2, "maximum_length": 16, "matryoshka": [8],
    "stages": [
        {**DISTILLATION, "steps": 16, "language_model_share": 0.1},
        {**TRANSLATIONS, "loss": {"name": "infonce"}, "steps": 12, "from_start": True},
    ],
}  # fmt: skip


def encoder(folder: Path, name: str, processes: int = 1, fault: str = "", **changes: Any) -> Case:
    return Case(folder, name, {**RECIPE, **changes}, MACHINE, processes, fault, is_encoder=True)


def test_ten_random_kills(laboratory: Laboratory, bert: Path) -> None:
    survive(laboratory, encoder(bert, "encoder-ten"), kills=10)


@pytest.mark.slow
def test_kills_of_two_processes(laboratory: Laboratory, bert: Path) -> None:
    survive(laboratory, encoder(bert, "encoder-two", processes=2), kills=3)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["written weights", "before commit", "committed"])
def test_killed_within_a_save(laboratory: Laboratory, bert: Path, point: str) -> None:
    name = f"encoder-{point.replace(' ', '-')}"
    expected = reference(laboratory, encoder(bert, name))
    laboratory.run(encoder(bert, name, fault=f"kill|{point}|2"))
    assert laboratory.run(encoder(bert, name)) == 0
    assert outcome(encoder(bert, name)) == expected


def test_a_request_to_stop_saves_and_the_next_start_goes_on(
    laboratory: Laboratory, bert: Path
) -> None:
    asked = encoder(bert, "encoder-stop", fault="step|20|SIGTERM")
    expected = reference(laboratory, encoder(bert, "encoder-stop"))
    assert laboratory.run(asked) == 75
    assert laboratory.run(encoder(bert, "encoder-stop")) == 0
    assert outcome(asked) == expected


def test_a_finished_encoder_is_only_written_again(laboratory: Laboratory, bert: Path) -> None:
    case = encoder(bert, "encoder-again")
    assert laboratory.run(case) == 0
    before = json.loads((case.output / "provenance.json").read_text())
    (case.output / "manifest.json").unlink()
    assert laboratory.run(case) == 0
    assert json.loads((case.output / "provenance.json").read_text()) == before
