"""Kill the workflow in the middle of pretraining; the same command continues to the same result."""

import csv
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

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


def test_killed_in_pretraining_it_continues_to_the_same_result(
    project: Project, finished: Project
) -> None:
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
