"""Options of the machine change speed and memory only; those of the recipe survive kills, all at
once."""

from pathlib import Path
from typing import Any

import pytest
from laboratory import VOCABULARY, Case, Laboratory, make_inputs, words_of, write_corpus
from test_kill import MACHINE, outcome, reference, survive

SHORT = {"steps": 8, "evaluate_every": 4, "gradient_clipping": 0.1}


@pytest.mark.parametrize(
    ("processes", "machine"),
    [
        (1, {"activation_checkpointing": True}),
        (1, {"micro_batch": 4}),
        (2, {"zero_stage": 2, "micro_batch": 1, "activation_checkpointing": True}),
        pytest.param(1, {"compile": True}, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("kind", ["masked", "causal"])
def test_the_machine_changes_rounding_at_most(
    laboratory: Laboratory,
    plain_bert: Path,
    plain_gpt2: Path,
    kind: str,
    processes: int,
    machine: dict[str, object],
) -> None:
    folder = plain_bert if kind == "masked" else plain_gpt2
    recipe = {**SHORT, "objective": kind}
    name = "-".join([str(processes), *machine])
    expected = reference(laboratory, Case(folder, "options", recipe, MACHINE))["metrics"]
    case = Case(folder, name, recipe, {**MACHINE, **machine}, processes)
    assert laboratory.run(case) == 0, (folder / f"{name}.log").read_text()[-2000:]
    found = outcome(case)["metrics"]
    assert [line["step"] for line in found] == [line["step"] for line in expected]
    for left, right in zip(found, expected, strict=True):
        assert left["loss"] == pytest.approx(right["loss"], abs=1e-5)
        if left["kind"] == "train":
            assert left["grad_norm"] == pytest.approx(right["grad_norm"], rel=1e-3)


EVERYTHING = {
    "steps": None,
    "masking": {"probability": 0.3, "whole_words": True},
    "packing": "best-fit",
    "attend_across_documents": False,
    "stochastok": 0.2,
    "schedule": "wsd",
    "embedding_learning_rate": 2e-2,
    "weight_decay": 0.1,
    "gradient_clipping": 0.5,
    "corpus_weights": {"more": 1.0, "text": 3.0},
    "skip_spikes": True,
    "early_stopping": {"patience": 90},
    "stages": [
        {"steps": 8, "train": "embeddings", "corpora": ["text"]},
        {"steps": 10, "sequence_length": 24, "learning_rate": 5e-3, "batch_size": 4},
        {"steps": 6, "train": "head"},
    ],
}


def test_every_option_of_a_recipe_at_once(
    laboratory: Laboratory, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = make_inputs(tmp_path_factory.mktemp("everything"), "bert-dropout")
    write_corpus(folder / "tokens" / "more", words_of(VOCABULARY), documents=90)
    survive(laboratory, Case(folder, "everything", EVERYTHING, MACHINE), kills=3)


def test_bf16_of_several_processes_needs_zero(laboratory: Laboratory, plain_bert: Path) -> None:
    machine = {"zero_stage": 0}
    case = Case(plain_bert, "no-zero", {**SHORT, "precision": "bf16"}, machine, 2)
    assert laboratory.run(case) == 2
    log = (plain_bert / "no-zero.log").read_text()
    assert "error: precision bf16 of several processes needs `zero_stage=` 1, 2 or 3" in log


def test_curves_of_a_training_that_was_stopped(laboratory: Laboratory, bert: Path) -> None:
    """TensorBoard shows each step once, across a restart."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    machine = {"checkpoint_steps": 2, "log_steps": 1, "tensorboard": True}
    killed = Case(bert, "curves", SHORT, machine, fault="kill|before commit|3")  # after step 6
    assert laboratory.run(killed) == -9
    case = Case(bert, "curves", SHORT, machine)
    assert laboratory.run(case) == 0
    events = EventAccumulator(str(case.state / "tensorboard"))
    events.Reload()
    lines = [line for line in outcome(case)["metrics"] if line["kind"] == "train"]
    curve = [(event.step, pytest.approx(event.value)) for event in events.Scalars("train/loss")]
    assert [(line["step"], line["loss"]) for line in lines] == curve
    assert len(curve) == 8


@pytest.mark.parametrize(
    ("second", "machine", "message"),
    [
        ({"batch_size": 6}, {"micro_batch": 4}, "which `micro_batch=4` does not divide"),
        ({"train": "head"}, {}, "train: head leaves nothing to train in this model"),
    ],
)
def test_an_impossible_later_stage_is_told_before_the_first(
    laboratory: Laboratory,
    gpt2: Path,
    second: dict[str, Any],
    machine: dict[str, int],
    message: str,
) -> None:
    stages = [{"steps": 4}, {"steps": 4, **second}]
    recipe = {"objective": "causal", "steps": None, "stages": stages}
    case = Case(gpt2, f"later-{'-'.join(second)}", recipe, machine)
    assert laboratory.run(case) == 2
    log = (gpt2 / f"{case.name}.log").read_text()
    assert message in log and "step 4" not in log
