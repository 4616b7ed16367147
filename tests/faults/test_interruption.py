"""Signals, hangs, diverging losses, locks, changed process counts: how a training behaves."""

import errno
import json
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from laboratory import Case, Laboratory
from safetensors.torch import load_file
from test_kill import MACHINE, outcome, reference

from lingraft.errors import LingraftError
from lingraft.training.lock import exclusive

SHORT = {"steps": 12}


@pytest.mark.parametrize(
    "fault",
    [
        "step|5|SIGTERM",
        "step|5|SIGUSR1",
        "signal|SIGTERM|written weights",
        "step|5|SIGUSR1+signal|SIGTERM|written moments",  # and again while it saves
    ],
)
def test_signals_save_and_exit_75(laboratory: Laboratory, bert: Path, fault: str) -> None:
    name = "signal-" + fault.replace("|", "-").replace(" ", "-")
    assert laboratory.run(Case(bert, name, SHORT, MACHINE, fault=fault)) == 75
    assert "all is saved, and the same command continues" in (bert / f"{name}.log").read_text()
    case = Case(bert, name, SHORT, MACHINE)
    assert laboratory.run(case) == 0
    plain = Case(bert, "phases-ref", SHORT, MACHINE)
    assert laboratory.run(plain) == 0
    assert outcome(case) == outcome(plain)


def test_signal_to_one_of_two_processes_stops_both(laboratory: Laboratory, gpt2: Path) -> None:
    recipe = {**SHORT, "objective": "causal"}
    pids = laboratory.start(Case(gpt2, "usr", {**recipe, "steps": 100000}, {}, 2))
    metrics = gpt2 / "state-usr"
    deadline = time.monotonic() + 120
    while not list(metrics.glob("*/metrics.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(pids[1], signal.SIGUSR1)
    assert laboratory.wait(pids) == [75, 75]


def test_time_budget(laboratory: Laboratory, bert: Path) -> None:
    case = Case(bert, "budget", {"steps": 100000}, {"time_budget": 0.02})
    assert laboratory.run(case) == 75
    assert "time budget is used up" in (bert / "budget.log").read_text()


def test_a_hang_ends_within_its_limit(laboratory: Laboratory, bert: Path) -> None:
    case = Case(bert, "hang", SHORT, {"hang_minutes": 0.05}, fault="step|5|hang")
    assert laboratory.run(case) == 75
    assert "no step finished" in (bert / "hang.log").read_text()


def test_without_a_limit_processes_wait_for_each_other(
    laboratory: Laboratory, plain_bert: Path
) -> None:
    case = Case(plain_bert, "patient", {"steps": 2}, {"hang_minutes": 0.0}, 2)
    assert laboratory.wait(laboratory.start(case)) == [0, 0]


def test_a_loss_that_is_no_number_is_skipped(laboratory: Laboratory, plain_bert: Path) -> None:
    """On one of two processes: both skip it, and the training ends well."""
    case = Case(plain_bert, "nan", SHORT, {**MACHINE, "zero_stage": 1}, 2, fault="nan|4|1|1")
    assert laboratory.run(case) == 0
    lines = [json.loads(text) for text in (case.output / "metrics.jsonl").read_text().splitlines()]
    assert [line["skipped"] for line in lines if line["kind"] == "train"][-1] == 1
    assert all(line["loss"] is not None for line in lines)


@pytest.mark.parametrize("zero_stage", [0, 1])
def test_spikes_are_skipped_where_wanted(
    laboratory: Laboratory, bert: Path, zero_stage: int
) -> None:
    recipe = {"steps": 140, "skip_spikes": True, "evaluate_every": 140}
    machine = {**MACHINE, "zero_stage": zero_stage}
    name = f"spike-{zero_stage}"
    case = Case(bert, name, recipe, machine, fault="spike|135")
    assert laboratory.run(case) == 0
    log = (bert / f"{name}.log").read_text()
    assert log.count("is a spike, update skipped") == 1
    losses = [line["loss"] for line in outcome(case)["metrics"]]
    assert max(losses) < 5.0


@pytest.mark.parametrize(
    ("number", "says"), [(errno.ENOSPC, "is full"), (errno.EIO, "cannot be written")]
)
def test_a_failing_disk_stops_training_cleanly(
    laboratory: Laboratory, bert: Path, number: int, says: str
) -> None:
    name = f"disk-{number}"
    case = Case(bert, name, SHORT, MACHINE, fault=f"disk|{number}|5|9")
    assert laboratory.run(case) == 1
    last = (bert / f"{name}.log").read_text().splitlines()[-1]
    assert last.startswith("error: ")
    assert says in last
    assert "training continues at the last checkpoint (step 6)" in last
    assert laboratory.run(Case(bert, name, SHORT, MACHINE)) == 0
    plain = Case(bert, "phases-ref", SHORT, MACHINE)
    assert laboratory.run(plain) == 0
    assert outcome(case) == outcome(plain)


@pytest.mark.parametrize(
    ("action", "says"), [("vanish", "No such file or directory"), ("memory", "out of memory")]
)
def test_what_the_machine_takes_away_is_told_in_one_line(
    laboratory: Laboratory, bert: Path, action: str, says: str
) -> None:
    case = Case(bert, action, SHORT, MACHINE, fault=f"step|5|{action}")
    assert laboratory.run(case) == 1
    last = (bert / f"{action}.log").read_text().splitlines()[-1]
    assert last.startswith("error: ")
    assert says in last
    assert laboratory.run(Case(bert, action, SHORT, MACHINE)) == 0
    plain = Case(bert, "phases-ref", SHORT, MACHINE)
    assert laboratory.run(plain) == 0
    assert outcome(case) == outcome(plain)


def test_no_room_for_the_checkpoints_is_told_before_training(
    laboratory: Laboratory, bert: Path
) -> None:
    case = Case(bert, "small-disk", SHORT, MACHINE, 2, fault="space|1000")
    codes = laboratory.wait(laboratory.start(case))
    assert codes == [1, 1]
    assert "has 1e-06 GB of free space, but" in (bert / "small-disk.log").read_text()
    assert not list(case.state.glob("step-*"))


def test_an_output_that_cannot_be_written(laboratory: Laboratory, bert: Path) -> None:
    case = Case(bert, "occupied", SHORT, MACHINE)
    case.output.write_text("a file is in the way")
    assert laboratory.run(case) == 2
    log = bert / "occupied.log"
    message = f"error: `output={case.output}` cannot be written"
    assert log.read_text().splitlines()[-1].startswith(message)
    assert "step " not in log.read_text()  # told before anything is trained
    case.output.unlink()
    assert laboratory.run(case) == 0


def test_an_output_that_others_took(laboratory: Laboratory, bert: Path) -> None:
    case = Case(bert, "taken", SHORT, MACHINE)
    assert laboratory.run(case) == 0
    for path in case.output.iterdir():
        path.unlink()
    (case.output / "thesis.txt").write_text("years of work")
    assert laboratory.run(case) == 2
    assert [path.name for path in case.output.iterdir()] == ["thesis.txt"]
    (case.output / "thesis.txt").unlink()
    assert laboratory.run(case) == 0
    assert (bert / "taken.log").read_text().count("step 12/12") == 1  # nothing was trained again


@pytest.mark.parametrize("latest", ["", "global_step99", "../elsewhere"])
def test_a_latest_file_of_deepspeed_decides_nothing(
    laboratory: Laboratory, bert: Path, latest: str
) -> None:
    """Its `latest` may be empty or point nowhere: only COMMIT.json counts."""
    name = f"latest-{len(latest)}"
    case = Case(bert, name, SHORT, MACHINE)
    assert laboratory.run(Case(bert, name, SHORT, MACHINE, fault="step|5|SIGTERM")) == 75
    (case.state / "latest").write_text(latest)
    (case.state / "global_step99").mkdir()
    (case.state / "global_step99" / "mp_rank_00_model_states.pt").write_bytes(b"not a pickle")
    assert laboratory.run(case) == 0
    plain = Case(bert, "phases-ref", SHORT, MACHINE)
    assert laboratory.run(plain) == 0
    assert outcome(case) == outcome(plain)


@pytest.mark.parametrize("zero_stage", [0, 1])
def test_diverging_ends_with_3(laboratory: Laboratory, bert: Path, zero_stage: int) -> None:
    machine = {**MACHINE, "zero_stage": zero_stage}
    name = f"diverged-{zero_stage}"
    case = Case(bert, name, SHORT, machine, fault="nan|7|99|0")
    assert laboratory.run(case) == 3
    assert "training diverged" in (bert / f"{name}.log").read_text()
    kept = [path for path in case.state.glob("step-*") if (path / "COMMIT.json").exists()]
    assert max(int(path.name.removeprefix("step-")) for path in kept) in (6, 9)
    for path in kept:
        weights = load_file(path / "weights-00000.safetensors")
        assert all(tensor.isfinite().all() for tensor in weights.values())


def test_the_number_of_processes_may_change(laboratory: Laboratory, plain_bert: Path) -> None:
    """Begun by two, ended by one: the same data, the same loss but for rounding."""
    case = Case(
        plain_bert, "elastic", SHORT, {**MACHINE, "zero_stage": 2}, 2, fault="step|5|SIGTERM"
    )
    assert laboratory.run(case) == 75
    assert laboratory.run(Case(plain_bert, "elastic", SHORT, MACHINE)) == 0
    alone = Case(plain_bert, "elastic-alone", SHORT, MACHINE)
    expected = reference(laboratory, alone)["metrics"]
    found = outcome(case)["metrics"]
    assert [line["step"] for line in found] == [line["step"] for line in expected]
    for left, right in zip(found, expected, strict=True):
        assert left["loss"] == pytest.approx(right["loss"], abs=1e-5)


def test_fewer_processes_keep_the_dropout(laboratory: Laboratory, bert: Path) -> None:
    """It is drawn for the rows of a forward pass together, so these stay together."""
    machine = {**MACHINE, "zero_stage": 1}
    case = Case(bert, "fewer", SHORT, machine, 2, fault="step|5|SIGTERM")
    assert laboratory.run(case) == 75
    assert laboratory.run(Case(bert, "fewer", SHORT, MACHINE)) == 0
    expected = reference(laboratory, Case(bert, "fewer-never", SHORT, machine, 2))["metrics"]
    for left, right in zip(outcome(case)["metrics"], expected, strict=True):
        assert left["loss"] == pytest.approx(right["loss"], abs=1e-5)


def test_micro_batches_change_nothing_but_rounding(laboratory: Laboratory, bert: Path) -> None:
    """Dropout included: it belongs to samples, not to processes."""
    one = Case(bert, "micro-1", SHORT, {**MACHINE, "micro_batch": 2})
    two = Case(bert, "micro-2", SHORT, {**MACHINE, "micro_batch": 2, "zero_stage": 1}, 2)
    assert laboratory.run(one) == 0
    assert laboratory.run(two) == 0
    for left, right in zip(outcome(one)["metrics"], outcome(two)["metrics"], strict=True):
        assert left["loss"] == pytest.approx(right["loss"], abs=1e-5)


def test_early_stopping_keeps_the_best(laboratory: Laboratory, bert: Path) -> None:
    """Learning that goes wrong after a good start: the weights of the start are exported."""
    recipe = {
        "steps": 60, "learning_rate": 0.05, "warmup": 0.5, "evaluate_every": 4,
        "early_stopping": {"patience": 2},
    }  # fmt: skip
    case = Case(bert, "early", recipe, MACHINE)
    assert laboratory.run(case) == 0
    provenance = json.loads((case.output / "provenance.json").read_text())
    losses = {
        line["step"]: line["loss"] for line in outcome(case)["metrics"] if line["kind"] == "valid"
    }
    best = min(losses, key=lambda step: losses[step])
    assert max(losses) == provenance["steps"] == best + 8 < 60
    assert provenance["exported_step"] == best > 0
    assert laboratory.run(case) == 0  # exports again


def test_where_training_only_harms_the_source_is_the_best(
    laboratory: Laboratory, bert: Path
) -> None:
    recipe = {"learning_rate": 5.0, "warmup": 0.0, "evaluate_every": 2, "early_stopping": {}}
    case = Case(bert, "harm", recipe, MACHINE)
    assert laboratory.run(case) == 0
    provenance = json.loads((case.output / "provenance.json").read_text())
    assert (provenance["steps"], provenance["exported_step"]) == (10, 0)
    source = load_file(bert / "model" / "model.safetensors")
    for name, tensor in load_file(case.output / "model.safetensors").items():
        assert tensor.equal(source[name])


@pytest.mark.parametrize("damage", ["flipped", "cut", "missing", "folder"])
def test_best_weights_that_are_damaged_are_never_exported(
    laboratory: Laboratory, bert: Path, damage: str
) -> None:
    recipe = {
        "steps": 60, "learning_rate": 0.05, "warmup": 0.5, "evaluate_every": 4,
        "early_stopping": {"patience": 2},
    }  # fmt: skip
    case = Case(bert, f"best-{damage}", recipe, MACHINE)
    assert laboratory.run(case) == 0
    exported = (case.output / "model.safetensors").read_bytes()
    best = json.loads((case.output / "provenance.json").read_text())["exported_step"]
    path = case.state / f"step-{best}" / "weights-00000.safetensors"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    match damage:
        case "flipped":
            path.write_bytes(content)
        case "cut":
            path.write_bytes(content[:100])
        case "missing":
            path.unlink()
        case _:
            shutil.rmtree(path.parent)
    assert laboratory.run(case) == 65
    assert f"step-{best} from a backup" in (bert / f"best-{damage}.log").read_text()
    assert (case.output / "model.safetensors").read_bytes() == exported


def test_a_finished_training_only_exports_again(laboratory: Laboratory, bert: Path) -> None:
    case = Case(bert, "again", SHORT, MACHINE)
    assert laboratory.run(case) == 0
    first = outcome(case)
    (case.output / "model.safetensors").unlink()
    log = bert / "again.log"
    before = log.read_text().count("step 12/12")
    assert laboratory.run(case) == 0
    assert outcome(case) == first
    assert log.read_text().count("step 12/12") == before


def test_damage_on_disk_is_healed_by_the_checkpoint_before(
    laboratory: Laboratory, bert: Path
) -> None:
    case = Case(bert, "healed", SHORT, MACHINE)
    broken = Case(bert, "healed", SHORT, MACHINE, fault="step|10|SIGTERM")
    assert laboratory.run(broken) == 75
    newest = max(case.state.glob("step-*"), key=lambda path: int(path.name[5:]))
    path = newest / "weights-00000.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    assert laboratory.run(case) == 0
    assert newest.with_name(newest.name + ".corrupt").exists()
    plain = Case(bert, "phases-ref", SHORT, MACHINE)
    assert laboratory.run(plain) == 0
    assert outcome(case) == outcome(plain)


def test_two_trainings_do_not_share_a_state(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path),
        pytest.raises(LingraftError, match=f"in use by process {os.getpid()}"),
        exclusive(tmp_path),
    ):
        pass
    with exclusive(tmp_path):  # it is free again
        pass


def test_a_fresh_owner_on_another_machine_is_respected(tmp_path: Path) -> None:
    (tmp_path / "lock.json").write_text(json.dumps({"host": "elsewhere", "pid": 7}))
    (tmp_path / "heartbeat-00000.json").write_text("{}")
    with pytest.raises(LingraftError, match="process 7 on elsewhere"), exclusive(tmp_path):
        pass
    os.utime(tmp_path / "heartbeat-00000.json", (1, 1))
    with exclusive(tmp_path):
        pass
