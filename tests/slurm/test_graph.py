"""The whole graph through the shipped profile, and a training on two nodes."""

import json
from pathlib import Path

import pytest
from tests.slurm.cluster import STEPS, Cluster, Submitted
from tests.workflow.project import Project

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(1800)]  # a queue has its own pace

# The shipped profile with the GPUs that this machine pretends to have.
TWO_NODES = (
    "--set-resources pretrain:nodes=2 pretrain:tasks=2 pretrain:gpu=2 pretrain:mpi=srun "
    "pretrain:tasks_per_gpu=0 pretrain:runtime=20 --set-threads pretrain=1"
)


def test_the_tiny_graph_completes(
    cluster: Cluster, finished: Project, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = project.folder / "told"
    monkeypatch.setenv("LINGRAFT_NOTIFY", f"cat >> {told}")
    graph = Submitted(project.folder)
    running = graph.submit(target="all")
    assert running.wait(900) == 0, graph.said[-6000:]
    assert graph.digests() == finished.digests()
    assert not cluster.jobs()
    assert told.read_text() == "lingraft tiny: finished\n"  # once, and not by every job


def test_a_training_on_two_nodes(cluster: Cluster, submitted: Submitted) -> None:
    running = submitted.submit(TWO_NODES, profile="slurm-multinode")
    assert running.wait(400) == 0, submitted.said[-4000:] + submitted.log[-4000:]
    (job,) = set(cluster.jobs("all")) & {submitted.job()}
    assert cluster.field(job, "NumNodes") == "2"
    assert cluster.field(job, "NodeList") == "lingraft-n[1-2]"
    lines = [json.loads(line) for line in metrics(submitted).read_text("utf-8").splitlines()]
    assert lines[-1]["step"] == STEPS
    assert lines[-1]["loss"] < lines[0]["loss"]


def metrics(project: Submitted) -> Path:
    return (project.folder / project.model).with_name("metrics.jsonl")
