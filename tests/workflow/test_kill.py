"""Kill the workflow in the middle of pretraining; the same command continues to the same result."""

import os
import signal
import subprocess
import time

from tests.workflow.project import Project


def wait_for(condition: object, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "the workflow never came to the moment to kill it"
        time.sleep(0.05)


def test_killed_in_pretraining_it_continues_to_the_same_result(
    project: Project, finished: Project
) -> None:
    project.change(pretraining={})  # the same configuration, written the same way
    state = project.folder / "state"
    running = subprocess.Popen(
        project.command(),
        cwd=project.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(lambda: any(path.is_dir() for path in state.glob("tiny/models/*/*/*/*")))
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()

    unlocked = project.snakemake("--unlock")
    assert unlocked.returncode == 0, unlocked.stdout
    done = project.snakemake()
    assert done.returncode == 0, done.stdout[-4000:]
    assert project.digests() == finished.digests()
