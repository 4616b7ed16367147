"""A real Slurm of two nodes on this machine, and workflows that are submitted to it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.slurm.cluster import Cluster, Submitted
from tests.workflow.conftest import finished, project  # noqa: F401 (fixtures)
from tests.workflow.project import Project, copy_of

SETUP = Path(__file__).with_name("setup.sh")


@pytest.fixture(scope="session")
def slurm() -> Iterator[Cluster]:
    """The cluster, started if it is not there; skipped where it cannot be."""
    started = subprocess.run([SETUP], capture_output=True, text=True)
    if started.returncode == 77:
        pytest.skip(started.stderr.strip())
    assert started.returncode == 0, started.stdout + started.stderr
    yield Cluster()
    subprocess.run(["scancel", "--user=root"], check=False)


@pytest.fixture
def cluster(slurm: Cluster) -> Iterator[Cluster]:
    """The cluster with nothing in its queue."""
    slurm.empty()
    yield slurm
    slurm.empty()


@pytest.fixture
def submitted(finished: Project, tmp_path: Path) -> Submitted:  # noqa: F811
    """A finished workflow of which one training is to be made again, and longer than before."""
    copy = Submitted(copy_of(finished, tmp_path / "project").folder)
    copy.prepare()
    return copy


@pytest.fixture(scope="session")
def expected(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:  # noqa: F811
    """What that training gives when nothing disturbs it, on this machine without Slurm."""
    folder = tmp_path_factory.mktemp("undisturbed") / "project"
    copy = Submitted(copy_of(finished, folder).folder)
    copy.prepare()
    done = copy.snakemake(copy.model)
    assert done.returncode == 0, done.stdout[-4000:]
    return copy.weights()
