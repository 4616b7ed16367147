"""On a GPU, too, a training that is killed ends with the same bits as one that is not."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from laboratory import RECIPE, Case
from test_kill import newest_step, outcome

from lingraft.arguments import command_words

PROGRAM = Path(__file__).parents[2] / "scripts" / "pretrain.py"
MACHINE = {"checkpoint_steps": 20, "log_steps": 20}
STEPS = {"steps": 120, "evaluate_every": 60}

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"),
]


def start(case: Case) -> subprocess.Popen[bytes]:
    """The program itself: processes that are forked after an import cannot use a GPU."""
    folder = case.folder
    arguments = {
        "settings": yaml.safe_dump({**RECIPE, **case.recipe}), "model": folder / "model",
        "tokens": folder / "tokens" / "text", "corpora": f"text={folder / 'corpora' / 'text'}",
        "state": folder / f"state-{case.name}", "output": case.output, "seed": 1, **case.machine,
    }  # fmt: skip
    line = f"exec {sys.executable} {PROGRAM} {command_words(arguments)}"
    log = (folder / f"{case.name}.log").open("ab")
    return subprocess.Popen(["sh", "-c", line], stdout=log, stderr=log)


def finish(case: Case) -> None:
    """Run a training to its end."""
    assert start(case).wait() == 0, (case.folder / f"{case.name}.log").read_text()[-4000:]


def kill_behind(case: Case, step: int) -> None:
    """Run a training and kill it as soon as it has saved this step."""
    process = start(case)
    while process.poll() is None and newest_step(case) < step:
        time.sleep(0.001)
    process.kill()
    assert process.wait() == -signal.SIGKILL, (case.folder / f"{case.name}.log").read_text()[-4000:]


def survives(case: Case) -> None:
    """Compare a training that is killed with one that is not."""
    undisturbed = replace(case, name=case.name + "-ref")
    finish(undisturbed)
    kill_behind(case, 40)
    finish(case)
    assert outcome(case) == outcome(undisturbed)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("zero_stage", "precision"), [(0, "fp32"), (0, "bf16"), (1, "bf16"), (2, "bf16"), (3, "bf16")]
)
def test_a_kill(bert: Path, zero_stage: int, precision: str, compiled: bool) -> None:
    name = f"{precision}-{zero_stage}-{'compiled' if compiled else 'plain'}"
    machine = {**MACHINE, "zero_stage": zero_stage, "compile": compiled}
    survives(Case(bert, name, {**STEPS, "precision": precision}, machine))


def test_a_kill_of_a_compiled_decoder(gpt2: Path) -> None:
    recipe = {**STEPS, "objective": "causal"}
    survives(Case(gpt2, "compiled", recipe, {**MACHINE, "compile": True}))
