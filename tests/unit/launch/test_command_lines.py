import pytest

from lingraft.launch.command_lines import (
    evaluation_launcher,
    time_budget,
    training_launcher,
    training_options,
)

TORCHRUN = "python -m lingraft.launch.torchrun"


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ({}, "python"),
        ({"gpu": 0, "processes": 1, "nodes": 1}, "python"),
        ({"gpu": 1, "processes": 1}, "python -m lingraft.launch.devices 1 -- python"),
        (
            {"gpu": 4},
            f"python -m lingraft.launch.devices 4 -- {TORCHRUN} --standalone --nproc-per-node=4",
        ),
        ({"gpu": 0, "processes": 2}, f"{TORCHRUN} --standalone --nproc-per-node=2"),
    ],
)
def test_one_machine(resources: dict[str, int], words: str) -> None:
    assert training_launcher(resources) == words


def test_several_machines_start_one_torchrun_each() -> None:
    words = training_launcher({"gpu": 8, "nodes": 2, "mpi": "srun"})
    assert words.startswith(
        "python -m lingraft.launch.meeting "
        f"srun --nodes=2 --ntasks=2 --ntasks-per-node=1 bash -c 'exec {TORCHRUN} --nnodes=2"
    )
    assert "--nnodes=2 --nproc-per-node=4" in words
    assert "SLURM_JOB_NODELIST" in words


def test_processes_must_divide_over_nodes() -> None:
    with pytest.raises(ValueError, match="3 processes cannot be spread evenly over 2 nodes"):
        training_launcher({"gpu": 3, "nodes": 2})


@pytest.mark.parametrize(("runtime", "minutes"), [(None, 0), (0, 0), (5, 4.5), (720, 710)])
def test_time_budget_leaves_room_to_save(runtime: int | None, minutes: float) -> None:
    assert time_budget({"runtime": runtime}) == minutes


def test_jobs_without_a_gpu_ask_for_no_device() -> None:
    assert evaluation_launcher({"gpu": 0}) == evaluation_launcher({}) == "python"


def test_profiles_set_options_of_the_machine_as_resources() -> None:
    assert training_options({"gpu": 4, "runtime": 60}) == {}
    resources = {"zero_stage": 0, "micro_batch": 8, "activation_checkpointing": 1, "compile": 0}
    options = training_options(resources)
    assert options == {
        "zero_stage": 0, "micro_batch": 8, "activation_checkpointing": True, "compile": False
    }  # fmt: skip
    with pytest.raises(ValueError, match="invalid literal"):
        training_options({"zero_stage": "1; rm -rf ."})
