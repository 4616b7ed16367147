"""A training that is killed again and again ends with the same bits as one that is not."""

import json
import random
import shutil
import time
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from laboratory import Case, Laboratory
from safetensors.torch import load_file

from lingraft.artifacts import digest_file

TIMED = ("seconds", "cpu_seconds", "tokens_per_second", "peak_memory_bytes", "joules")
MACHINE = {"checkpoint_steps": 3, "log_steps": 4}


def outcome(case: Case) -> dict[str, Any]:
    """Everything that must not depend on kills: weights, optimizer, metrics."""
    provenance = json.loads((case.output / "provenance.json").read_text())
    lines = [json.loads(line) for line in (case.output / "metrics.jsonl").read_text().splitlines()]
    return {
        "weights": digest_file(case.output / "model.safetensors"),
        "optimizer": provenance["optimizer_digest"],
        "metrics": [{k: v for k, v in line.items() if k not in TIMED} for line in lines],
    }


def reference(laboratory: Laboratory, case: Case) -> dict[str, Any]:
    """The outcome of a training that nobody kills."""
    undisturbed = replace(case, name=case.name + "-ref", fault="")
    assert laboratory.run(undisturbed) == 0
    return outcome(undisturbed)


def survive(laboratory: Laboratory, case: Case, kills: int) -> None:
    """Compare a training that is killed so often at random moments with one that is not.

    The longest time between start and kill adapts, so that the kills spread over the whole training
    and not over its first tenth or its last; should it end before all kills, it begins again.
    """
    started = time.monotonic()
    expected = reference(laboratory, case)
    longest = time.monotonic() - started
    share = expected["metrics"][-1]["step"] / kills
    generator = random.Random(zlib.crc32(case.name.encode()))
    while kills:
        before = newest_step(case)
        if laboratory.kill_after(case, generator.uniform(0.0, longest)):
            assert outcome(case) == expected
            shutil.rmtree(case.state.parent)
            shutil.rmtree(case.output)
            longest *= 0.8
            continue
        kills -= 1
        gained = newest_step(case) - before
        longest *= 1.1 if gained < share else 0.8 if gained > 2 * share else 1.0
    assert laboratory.run(case) == 0
    assert outcome(case) == expected


def stop_and_go_on(laboratory: Laboratory, case: Case) -> None:
    """Compare a training that is stopped at its sixth step, and goes on, with one that is not."""
    assert laboratory.run(replace(case, fault="step|5|SIGTERM")) == 75
    expected = reference(laboratory, case)
    assert laboratory.run(case) == 0
    assert outcome(case) == expected


def in_two_processes(
    laboratory: Laboratory,
    folder: Path,
    name: str,
    recipe: Mapping[str, Any],
    zero_stage: int,
    precision: str,
) -> Case:
    """A short training in two processes, which is stopped and goes on."""
    case = Case(
        folder,
        f"{name}-{zero_stage}-{precision}",
        {"steps": 9, "evaluate_every": 9, **recipe, "precision": precision},
        {**MACHINE, "zero_stage": zero_stage},
        2,
    )
    stop_and_go_on(laboratory, case)
    return case


TWO_PROCESSES = pytest.mark.parametrize(
    ("zero_stage", "precision"),
    [
        (2, "fp32"),
        pytest.param(1, "bf16", marks=pytest.mark.slow),
        pytest.param(3, "fp32", marks=pytest.mark.slow),
    ],
)


def newest_step(case: Case) -> int:
    """Step of the newest committed checkpoint, 0 if there is none yet."""
    found = (case.folder / f"state-{case.name}").glob("*/step-*/COMMIT.json")
    return max((int(path.parent.name.removeprefix("step-")) for path in found), default=0)


def test_ten_random_kills(laboratory: Laboratory, bert: Path) -> None:
    case = Case(bert, "ten", {"steps": 40}, MACHINE)
    survive(laboratory, case, kills=10)


def test_kills_of_two_processes(laboratory: Laboratory, gpt2: Path) -> None:
    machine = {**MACHINE, "zero_stage": 2}
    case = Case(gpt2, "two", {"objective": "causal"}, machine, processes=2)
    survive(laboratory, case, kills=3)


@pytest.mark.parametrize(
    "point",
    [
        "written weights|1",
        "written weights|2",
        "synced weights|2",
        "written moments|2",
        "synced moments|2",
        "before commit|3",
        "committed|2",
        "uncommitted|1",
    ],
)
def test_killed_within_a_save(laboratory: Laboratory, bert: Path, point: str) -> None:
    name = "phase-" + point.replace("|", "-").replace(" ", "-")
    case = Case(bert, name, {"steps": 12}, MACHINE, fault=f"kill|{point}")
    assert laboratory.run(case) == -9
    again = Case(bert, name, {"steps": 12}, MACHINE)
    assert laboratory.run(again) == 0
    plain = Case(bert, "phases-ref", {"steps": 12}, MACHINE)
    assert laboratory.run(plain) == 0  # after the first time it only exports again
    assert outcome(again) == outcome(plain)


def test_one_of_two_processes_dies(laboratory: Laboratory, plain_bert: Path) -> None:
    machine = {**MACHINE, "hang_minutes": 0.3}
    recipe = {"steps": 9, "evaluate_every": 9}
    case = Case(plain_bert, "widow", recipe, machine, 2, fault="step|5|kill")
    codes = laboratory.wait(laboratory.start(case))
    assert codes[1] == -9
    assert codes[0] not in (0, 3)
    case = Case(plain_bert, "widow", recipe, machine, 2)
    expected = reference(laboratory, case)
    assert laboratory.run(case) == 0
    assert outcome(case) == expected


STAGES = {
    "steps": None,
    "stages": [{"steps": 10, "train": "embeddings"}, {"steps": 14, "sequence_length": 24}],
}


def test_stages_survive_kills(laboratory: Laboratory, bert: Path) -> None:
    case = Case(bert, "stages", STAGES, MACHINE)
    survive(laboratory, case, kills=3)


ADAPTER = {"objective": "causal", "adapter": {"rank": 2, "dropout": 0.1}}


def test_adapters_survive_kills(laboratory: Laboratory, gpt2: Path) -> None:
    """Low-rank updates of a frozen body: only they and the embeddings are in a checkpoint."""
    case = Case(gpt2, "adapter", ADAPTER, MACHINE)
    survive(laboratory, case, kills=3)
    names = set(load_file(case.output / "model.safetensors"))
    source = load_file(gpt2 / "model" / "model.safetensors")
    assert names == set(source)  # merged: a plain model
    (state,) = case.state.glob("step-*")
    kept = set(load_file(state / "weights-00000.safetensors"))
    assert all(".lora_" in name or "wte" in name for name in kept)
    trained = load_file(case.output / "model.safetensors")
    changed = {name for name in source if not trained[name].equal(source[name])}
    assert {name for name in changed if "c_" not in name} == {"transformer.wte.weight"}
    assert "transformer.h.0.attn.c_attn.weight" in changed


@TWO_PROCESSES
def test_adapters_of_two_processes(
    laboratory: Laboratory, gpt2: Path, zero_stage: int, precision: str
) -> None:
    in_two_processes(laboratory, gpt2, "adapter", ADAPTER, zero_stage, precision)


TOKENS = {"whole_words": False}  # this vocabulary marks no words
DUPMAE = {
    "objective": "dupmae",
    "masking": TOKENS,
    "steps": None,
    "stages": [{"steps": 8, "train": "embeddings"}, {"steps": 10, "sequence_length": 24}],
}


def test_decoders_survive_kills(laboratory: Laboratory, bert: Path) -> None:
    """The layer that rebuilds texts is in the checkpoints and not in the result."""
    case = Case(bert, "decoder", DUPMAE, MACHINE)
    survive(laboratory, case, kills=3)
    assert set(load_file(case.output / "model.safetensors")) == set(
        load_file(bert / "model" / "model.safetensors")
    )
    (state,) = case.state.glob("step-*")
    kept = load_file(state / "weights-00000.safetensors")
    assert sum(name.startswith("enhanced_decoder.") for name in kept) == 16


@pytest.mark.parametrize(
    ("zero_stage", "precision"),
    [
        (3, "fp32"),
        pytest.param(0, "fp32", marks=pytest.mark.slow),
        pytest.param(2, "fp32", marks=pytest.mark.slow),
        pytest.param(1, "bf16", marks=pytest.mark.slow),
    ],
)
def test_decoders_of_two_processes(
    laboratory: Laboratory, plain_bert: Path, zero_stage: int, precision: str
) -> None:
    """Stopped and continued; in fp32 the losses are those of one process without ZeRO."""
    name = f"decoder-{zero_stage}-{precision}"
    recipe = {
        "objective": "dupmae", "steps": 9, "evaluate_every": 9, "precision": precision,
        "masking": TOKENS,
    }  # fmt: skip
    machine = {**MACHINE, "zero_stage": zero_stage}
    stopped = Case(plain_bert, name, recipe, machine, 2, fault="step|5|SIGTERM")
    assert laboratory.run(stopped) == 75, (plain_bert / f"{name}.log").read_text()[-2000:]
    case = Case(plain_bert, name, recipe, machine, 2)
    expected = reference(laboratory, case)
    assert laboratory.run(case) == 0
    assert outcome(case) == expected
    if precision == "fp32":
        alone = reference(laboratory, Case(plain_bert, "decoder-alone", recipe, MACHINE))
        for left, right in zip(alone["metrics"], expected["metrics"], strict=True):
            assert left["loss"] == pytest.approx(right["loss"], abs=1e-5)


@pytest.mark.parametrize("zero_stage", [0, 1])
def test_bf16_resumes_exactly(laboratory: Laboratory, bert: Path, zero_stage: int) -> None:
    """Its fp32 master weights come back, not their rounded images."""
    name, recipe = f"bf16-{zero_stage}", {"steps": 9, "precision": "bf16"}
    machine = {**MACHINE, "zero_stage": zero_stage}
    stopped = Case(bert, name, recipe, machine, fault="step|4|SIGTERM")
    assert laboratory.run(stopped) == 75
    case = Case(bert, name, recipe, machine)
    expected = reference(laboratory, case)
    assert laboratory.run(case) == 0
    assert outcome(case) == expected


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_zero_3_resumes_and_equals_no_zero(
    laboratory: Laboratory, plain_bert: Path, processes: int
) -> None:
    recipe, name = {"steps": 9}, f"zero-3-{processes}"
    machine = {**MACHINE, "zero_stage": 3}
    stopped = Case(plain_bert, name, recipe, machine, processes, fault="step|4|SIGTERM")
    assert laboratory.run(stopped) == 75
    case = Case(plain_bert, name, recipe, machine, processes)
    expected = reference(laboratory, case)
    assert laboratory.run(case) == 0
    assert outcome(case) == expected
    plain = Case(plain_bert, name + "-plain", recipe, {**MACHINE, "zero_stage": 0})
    for left, right in zip(
        reference(laboratory, plain)["metrics"], expected["metrics"], strict=True
    ):
        assert left["loss"] == pytest.approx(right["loss"], abs=1e-5)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("zero_stage", [1, 2])
@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_fifty_kills(
    laboratory: Laboratory, bert: Path, gpt2: Path, kind: str, processes: int, zero_stage: int
) -> None:
    folder = bert if kind == "bert" else gpt2
    recipe = {"steps": 120, "objective": "masked" if kind == "bert" else "causal"}
    machine = {**MACHINE, "zero_stage": zero_stage}
    case = Case(folder, f"fifty-{processes}-{zero_stage}", recipe, machine, processes)
    survive(laboratory, case, kills=50)
