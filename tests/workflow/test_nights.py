"""What a person finds in the morning, and what a rerun refuses without being told to."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.workflow.project import TINY, Project

TRAINED = Path("results/tiny/models/swahili/random/seed-1/pretrained")
LOG = Path("logs/tiny/models/swahili/random/seed-1-pretrained.log")


def status(project: Project, *arguments: str) -> str:
    done = project.script("show_status", "--config", str(TINY), *arguments)
    assert done.returncode == 0, done.stdout
    return done.stdout


def run(project: Project, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/run_workflow.py", "--config", str(TINY), "--cores", "2"]
    return subprocess.run(
        [*command, *arguments],
        cwd=project.folder,
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )


def test_status_before_the_first_run(project: Project) -> None:
    told = status(project)
    assert "done     nothing yet" in told
    assert "to do    3 pretrain: not made yet" in told
    assert told.rstrip().endswith("next     make run CONFIG=config/tiny.yaml")


def test_status_of_what_is_finished(finished: Project) -> None:
    told = status(finished)
    assert "2 corpora" in told and "6 models" in told
    assert "everything is up to date" in told


def test_status_after_a_failure_names_the_error_and_the_repair(copy_of_finished: Project) -> None:
    project = copy_of_finished
    initialized = project.folder / TRAINED.parent / "initialized" / "model.safetensors"
    initialized.write_bytes(initialized.read_bytes()[:-1])
    (project.folder / TRAINED / "manifest.json").unlink()
    shutil.rmtree(project.folder / "results/tiny/evaluation/swahili/random/seed-1/pretrained")
    (project.folder / "results/tiny/report/index.html").unlink()
    told_file = project.folder / "told"
    done = run(
        project, "--target", str(TRAINED / "manifest.json"), LINGRAFT_NOTIFY=f"cat > {told_file}"
    )
    assert done.returncode != 0
    assert told_file.read_text() == "lingraft tiny: something failed, see: make status\n"

    told = status(project)
    assert f"failed   pretrain swahili/random/1   {LOG}" in told
    assert "| error: " in told and "model.safetensors has" in told
    assert "to do    1 report: not made yet" in told
    assert "repair: correct what the error names, then: make run CONFIG=config/tiny.yaml" in told


def test_status_says_what_is_lost_and_why_a_change_repeats_something(
    copy_of_finished: Project,
) -> None:
    results = copy_of_finished.folder / "results" / "tiny"
    shutil.rmtree(results / "models/swahili/wechsel/seed-1/pretrained")
    (results / "evaluation/swahili/random/seed-1/initialized/retrieval.json").unlink()
    (results / "vectors/swahili/vectors.npy").unlink()
    copy_of_finished.change(evaluation={"tokenizer.documents": 10})
    told = status(copy_of_finished, "--profile", "gpu")
    assert "lost     results/tiny/vectors/swahili/vectors.npy is missing; delete" in told
    assert "to do    1 evaluate_tokenizer: params have changed since last execution" in told
    assert "to do    1 pretrain: not made yet" in told
    assert "to do    1 evaluate: not made yet" in told
    assert "next     make run CONFIG=config/tiny.yaml PROFILE=gpu" in told


def test_finished_trainings_are_repeated_only_when_told(copy_of_finished: Project) -> None:
    project = copy_of_finished
    project.change(pretraining={"short.learning_rate": 2e-3})
    weights = project.folder / TRAINED / "model.safetensors"
    before = weights.stat().st_mtime_ns
    done = run(project, "--expensive-minutes", "0.0001")
    assert done.returncode == 1
    assert "would repeat finished trainings: pretrain swahili/" in done.stderr
    assert "RETRAIN=yes" in done.stderr
    assert weights.stat().st_mtime_ns == before

    told = project.folder / "told"
    target = ("--target", str(TRAINED / "manifest.json"))
    agreed = run(
        project, "--expensive-minutes", "0.0001", "--retrain", "true", *target,
        LINGRAFT_NOTIFY=f"cat > {told}",
    )  # fmt: skip
    assert agreed.returncode == 0, agreed.stderr
    assert weights.stat().st_mtime_ns > before
    assert told.read_text() == "lingraft tiny: finished\n"
