"""A workflow that has run to its end, and copies of it to change."""

from pathlib import Path

import pytest
from filelock import FileLock
from tests.workflow.project import Project, can_leave_network, copy_of, copy_repository


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Project:
    """The tiny workflow, run to its end once; tests that change it take a copy.

    As on a cluster: what comes from the network is fetched first, the rest is made without one.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent  # of all processes that share the tests
    with FileLock(shared / "finished.lock"):
        folder = shared / "finished"
        if not folder.exists():
            _finish(copy_repository(shared / "finishing")).folder.rename(folder)
    return Project(folder)


def _finish(project: Project) -> Project:
    downloaded = project.snakemake("download")
    assert downloaded.returncode == 0, downloaded.stdout[-8000:]
    done = project.snakemake(offline=can_leave_network())
    assert done.returncode == 0, done.stdout[-8000:]
    return project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The workflow before its first run."""
    return copy_repository(tmp_path / "project")


@pytest.fixture
def copy_of_finished(finished: Project, tmp_path: Path) -> Project:
    """A finished workflow of the test's own."""
    return copy_of(finished, tmp_path / "project")
