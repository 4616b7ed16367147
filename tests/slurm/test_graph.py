"""The whole graph through the shipped profile, and a training on two nodes."""

from pathlib import Path

import pytest
from tests.slurm.cluster import Cluster, Submitted
from tests.workflow.project import Project

TWO_NODES = "slurm-multinode"

pytestmark = pytest.mark.slurm


def test_the_tiny_graph_completes(
    cluster: Cluster, finished: Project, project: Project, tmp_path: Path
) -> None:
    graph = Submitted(project.folder)
    running = graph.submit(target="all")
    assert running.wait(900) == 0, graph.said[-6000:]
    assert graph.digests() == finished.digests()
    assert not cluster.jobs()
