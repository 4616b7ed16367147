"""Kill the workflow, in pretraining and anywhere; the same command continues to the same result."""

import csv
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.workflow.project import TINY, Project

RUN = [sys.executable, "scripts/run_workflow.py", "--config", str(TINY), "--cores", "2"]


def wait_for(condition: Callable[[], bool], seconds: float = 400) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the workflow never came to the moment to kill it"
        time.sleep(0.05)  # polling another process: there is nothing to wait on


def headline(project: Project) -> list[list[str]]:
    """The numbers of the report, without times and dates."""
    path = project.folder / "results" / "tiny" / "report" / "tables" / "results.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def training_has_begun(state: Path) -> bool:
    return any(path.is_dir() for path in state.glob("tiny/models/*/*/*/*/*"))


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A place for the temporary files that a killed Snakemake leaves; sockets need short names."""
    # Jobs of a killed Snakemake may still write there.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield


@pytest.fixture
def without_trainings(copy_of_finished: Project) -> Project:
    """A workflow whose next jobs are its trainings, then what is made of the trained models."""
    results = copy_of_finished.folder / "results" / "tiny"
    for folder in (*results.glob("*/*/*/seed-*/pretrained"), results / "report"):
        shutil.rmtree(folder)
    shutil.rmtree(copy_of_finished.folder / "state", ignore_errors=True)
    return copy_of_finished


def test_killed_in_pretraining_it_continues_to_the_same_result(
    without_trainings: Project, finished: Project, temporary: None
) -> None:
    project = without_trainings
    # Only the main process is killed: its jobs live on, as they do when memory runs out.
    with subprocess.Popen(
        RUN, cwd=project.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        wait_for(lambda: training_has_begun(project.folder / "state"))
        running.send_signal(signal.SIGKILL)

    again = subprocess.run(RUN, cwd=project.folder, capture_output=True, text=True)
    assert again.returncode == 0, again.stdout[-4000:] + again.stderr[-4000:]
    assert project.digests() == finished.digests()
    assert headline(project) == headline(finished)


def made(project: Project) -> dict[Path, int]:
    """Results that Snakemake has booked as done, and when they were written."""
    notes = project.folder / ".snakemake" / "metadata"
    results = project.folder / "results" / "tiny"
    found = {}
    for path in (*results.rglob("manifest.json"), *results.glob("evaluation/**/*.json")):
        name = urlsafe_b64encode(str(path.relative_to(project.folder)).encode()).decode()
        if (notes / name).exists():
            found[path] = path.stat().st_mtime_ns
    return found


def killed(project: Project, moments: random.Random) -> bool:
    """Start a run and kill it when up to three more results are there, and a while after that."""
    goal = len(made(project)) + moments.randint(0, 3)
    with subprocess.Popen(
        RUN, cwd=project.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        wait_for(lambda: running.poll() is not None or len(made(project)) >= goal)
        try:
            running.wait(moments.uniform(0, 6))
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            return True
    assert running.returncode == 0
    return False


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_at_twenty_random_moments(
    project: Project, finished: Project, temporary: None
) -> None:
    """One run after another is killed, so that the moments spread over the whole graph."""
    moments = random.Random(7)
    done: dict[Path, int] = {}
    for _ in range(20):
        if not killed(project, moments):  # all is done: from the start again
            assert project.digests() == finished.digests()
            for folder in ("results", "state", "logs", ".snakemake"):
                shutil.rmtree(project.folder / folder)
            done = {}
        now = made(project)
        assert {path: now.get(path) for path in done} == done, "a finished step was repeated"
        done = now

    again = subprocess.run(RUN, cwd=project.folder, capture_output=True, text=True)
    assert again.returncode == 0, again.stdout[-4000:] + again.stderr[-4000:]
    last = made(project)
    assert {path: last[path] for path in done} == done
    assert project.digests() == finished.digests()
    assert headline(project) == headline(finished)
