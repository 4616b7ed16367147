"""Trainings of a part: what is not chosen keeps every bit, also when the training is killed."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from laboratory import VOCABULARY, Case, Laboratory, make_inputs
from safetensors.torch import load_file
from test_kill import MACHINE, outcome, reference, survive

from lingraft.artifacts import new_artifact
from lingraft.initialization.weights import Provenance

NEW = [7, 30, 31, VOCABULARY - 1]
TABLE = "transformer.wte.weight"
NEW_ROWS = {
    "objective": "causal",
    "train": "new-rows",
    "weight_decay": 0.1,
    "future_tokens": 2,
}


@pytest.fixture(scope="module")
def initialized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decoder with the account of an initialization that made four new rows."""
    folder = make_inputs(tmp_path_factory.mktemp("initialized"), "gpt2")
    provenance_T = np.full(VOCABULARY, Provenance.EXACT, np.uint8)
    provenance_T[NEW] = [Provenance.COMBINED, Provenance.FILL, Provenance.COMBINED, Provenance.FILL]
    (folder / "model").rename(folder / "plain")
    with new_artifact(folder / "model", "model") as staging:
        for path in (folder / "plain").iterdir():
            if path.name != "manifest.json":
                shutil.copy(path, staging)
        np.savez(staging / "weights.npz", provenance=provenance_T)
    return folder


def changed(case: Case) -> dict[str, Any]:
    """The tensors that a training has changed: the new ones by name."""
    before = load_file(case.folder / "model" / "model.safetensors")
    after = load_file(case.output / "model.safetensors")
    assert set(before) == set(after)
    return {name: after[name] for name in before if not _same(before[name], after[name])}


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.view(torch.uint8).equal(other.view(torch.uint8))


def changed_rows(case: Case) -> list[int]:
    """The rows of the embeddings that a training has changed."""
    before = load_file(case.folder / "model" / "model.safetensors")[TABLE]
    after = load_file(case.output / "model.safetensors")[TABLE]
    return [row for row in range(VOCABULARY) if not _same(before[row], after[row])]


def test_only_new_rows_change_through_kills(laboratory: Laboratory, initialized: Path) -> None:
    case = Case(initialized, "rows", NEW_ROWS, MACHINE)
    survive(laboratory, case, kills=3)
    assert set(changed(case)) == {TABLE}
    assert changed_rows(case) == NEW


@pytest.mark.parametrize(
    ("zero_stage", "precision"),
    [
        (2, "fp32"),
        pytest.param(1, "bf16", marks=pytest.mark.slow),
        pytest.param(3, "fp32", marks=pytest.mark.slow),
    ],
)
def test_only_new_rows_change_in_two_processes(
    laboratory: Laboratory, initialized: Path, zero_stage: int, precision: str
) -> None:
    name = f"rows-{zero_stage}-{precision}"
    recipe = {**NEW_ROWS, "steps": 9, "evaluate_every": 9, "precision": precision}
    machine = {**MACHINE, "zero_stage": zero_stage}
    stopped = Case(initialized, name, recipe, machine, 2, fault="step|5|SIGTERM")
    assert laboratory.run(stopped) == 75
    case = Case(initialized, name, recipe, machine, 2)
    expected = reference(laboratory, case)
    assert laboratory.run(case) == 0
    assert outcome(case) == expected
    assert set(changed(case)) == {TABLE}
    assert changed_rows(case) == NEW


@pytest.mark.parametrize("train", ["body", "layers"])
def test_a_part_of_the_body(laboratory: Laboratory, initialized: Path, train: str) -> None:
    """The only layer of this model, without embeddings or with them, and not the last norm."""
    recipe = {"layers": [-1]} if train == "layers" else {"train": "body", "layers": [0]}
    case = Case(initialized, train, {"objective": "causal", "steps": 9, **recipe}, MACHINE)
    assert laboratory.run(case) == 0
    parts = {".".join(name.split(".")[:3]) for name in changed(case)}
    assert parts == {"transformer.h.0"} | ({TABLE} if train == "layers" else set())
