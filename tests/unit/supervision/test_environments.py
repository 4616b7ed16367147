"""Environments are looked up when they are asked for, and recorded as always."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import snakemake.api  # its other modules cannot be imported first
from snakemake.dag import DAG
from snakemake.settings.types import DeploymentMethod

from lingraft.launch.slurm import without_waiting
from lingraft.supervision.environments import TESTED, LateEnvironments, look_up_on_demand

# The parameter notes when it is worked out.
SNAKEFILE = """
from pathlib import Path
from lingraft.supervision.environments import look_up_on_demand
assert look_up_on_demand(workflow)

def noted(wildcards):
    Path("noted").touch()
    return 1

rule made:
    output: "made.txt"
    conda: "environment.yaml"
    params: noted
    shell: "touch {output}"
"""


def workflow(*methods: DeploymentMethod) -> Any:
    return SimpleNamespace(deployment_settings=SimpleNamespace(deployment_method=set(methods)))


@pytest.fixture
def filled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What Snakemake's own function was called for."""
    found: list[Any] = []

    def original(dag: Any) -> None:
        found.append(dag)
        dag.conda_envs[f"environment {len(found)}"] = len(found)

    monkeypatch.setattr(DAG, "update_conda_envs", original)
    return found


def test_nothing_is_looked_up_before_it_is_asked_for(filled: list[Any]) -> None:
    assert look_up_on_demand(workflow())
    assert look_up_on_demand(workflow(DeploymentMethod.APPTAINER))  # and nothing happens twice
    dag = SimpleNamespace(conda_envs={"earlier": 0})
    DAG.update_conda_envs(dag)
    assert filled == []
    assert dag.conda_envs.get("environment 1") == 1
    assert dag.conda_envs.get("another") is None
    assert filled == [dag]
    DAG.update_conda_envs(dag)  # the graph has grown
    assert list(dag.conda_envs.values()) == [0, 1, 2]
    assert filled == [dag, dag]
    assert isinstance(dag.conda_envs, LateEnvironments)


def test_where_conda_is_used_nothing_changes(filled: list[Any]) -> None:
    original = DAG.update_conda_envs
    assert not look_up_on_demand(workflow(DeploymentMethod.CONDA))
    assert DAG.update_conda_envs is original


def test_an_untested_snakemake_is_left_alone(
    filled: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = DAG.update_conda_envs
    monkeypatch.setattr(snakemake, "__version__", "10.0.0")
    assert not look_up_on_demand(workflow())
    assert DAG.update_conda_envs is original


def test_the_installed_snakemake_is_the_tested_one() -> None:
    assert snakemake.__version__.startswith(TESTED)


def test_a_plan_works_out_no_parameters_and_a_run_records_the_environment(tmp_path: Path) -> None:
    (tmp_path / "Snakefile").write_text(SNAKEFILE, "utf-8")
    (tmp_path / "environment.yaml").write_text("dependencies: [nothing]\n", "utf-8")
    command = [str(Path(sys.executable).with_name("snakemake")), "--cores", "1", "--quiet"]
    here: Any = {"cwd": tmp_path, "check": True, "capture_output": True}
    here["env"] = os.environ | without_waiting()
    subprocess.run([*command, "--dry-run"], **here)
    assert not (tmp_path / "noted").exists()
    subprocess.run(command, **here)
    (record,) = (tmp_path / ".snakemake" / "metadata").iterdir()
    assert json.loads(record.read_text("utf-8"))["conda_env"]
