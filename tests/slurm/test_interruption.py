"""Trainings that Slurm cuts off, cancels, moves or starves: all end with the same weights."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from tests.slurm.cluster import Cluster, Submitted, wait_for

# A training takes 162 s of them, counted from its own start; the job's is some seconds earlier.
ALL_OF_THREE_MINUTES = "--set-resources pretrain:runtime=3"
BUDGET = 162

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(1800)]  # a queue has its own pace


def finish(running: subprocess.Popen[str], project: Submitted) -> None:
    assert running.wait(480) == 0, project.said[-4000:] + project.log[-2000:]


def test_out_of_time_it_saves_is_requeued_and_resumes(
    cluster: Cluster, submitted: Submitted, expected: dict[str, str]
) -> None:
    running = submitted.submit(ALL_OF_THREE_MINUTES, "--retries 0")
    process = submitted.freeze()
    (job,) = cluster.jobs("RUNNING")
    started = psutil.Process(process).create_time()
    wait_for(lambda: time.time() - started > BUDGET)
    os.kill(process, signal.SIGCONT)
    wait_for(lambda: cluster.state(job) == "PENDING")
    finish(running, submitted)
    assert cluster.field(job, "Restarts") == "1"
    assert "continuing at step" in submitted.log
    assert submitted.weights() == expected


def test_cut_off_by_the_wall_time_it_is_submitted_again_and_resumes(
    cluster: Cluster, submitted: Submitted, expected: dict[str, str]
) -> None:
    running = submitted.submit("--set-resources pretrain:runtime=attempt")
    process = submitted.freeze()  # it misses the end of its own budget
    (job,) = cluster.jobs("RUNNING")
    wait_for(lambda: cluster.state(job) != "RUNNING")
    os.kill(process, signal.SIGCONT)  # now it finds Slurm's SIGTERM, and has KillWait to save
    finish(running, submitted)
    assert cluster.state(job) == "TIMEOUT"  # not requeued too: one of the two is enough
    assert len(cluster.jobs("all")) >= 2
    assert "continuing at step" in submitted.log
    assert submitted.weights() == expected


def test_cancelled_it_resumes_when_run_again(
    cluster: Cluster, submitted: Submitted, expected: dict[str, str]
) -> None:
    running = submitted.submit("--retries 0")
    submitted.wait_for_middle()
    (job,) = cluster.jobs("RUNNING")
    cluster.ask("scancel", job)
    assert running.wait(120) != 0
    assert cluster.state(job) == "CANCELLED"  # and not queued again by the training itself
    finish(submitted.submit(), submitted)
    assert "continuing at step" in submitted.log
    assert submitted.weights() == expected


def test_a_lost_node_gives_its_job_to_another(
    cluster: Cluster, submitted: Submitted, expected: dict[str, str]
) -> None:
    running = submitted.submit("--retries 0")
    submitted.wait_for_middle()
    (job,) = cluster.jobs("RUNNING")
    node = cluster.field(job, "NodeList")
    cluster.ask("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    wait_for(lambda: cluster.field(job, "Restarts") == "1")
    cluster.ask("scontrol", "update", f"nodename={node}", "state=resume")
    finish(running, submitted)
    assert submitted.weights() == expected


def test_a_killed_snakemake_leaves_no_second_training(
    cluster: Cluster, submitted: Submitted, expected: dict[str, str]
) -> None:
    running = submitted.submit()
    submitted.wait_for_middle()
    (job,) = cluster.jobs("RUNNING")
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert cluster.state(job) == "RUNNING"
    finish(submitted.submit("--retries 0"), submitted)
    assert "cancelling 1 Slurm jobs that a killed run left behind" in submitted.said
    assert cluster.state(job) == "CANCELLED"
    assert submitted.weights() == expected


def test_of_two_submissions_of_one_folder_one_is_refused(
    cluster: Cluster, submitted: Submitted, expected: dict[str, str]
) -> None:
    first, second = submitted.submit(), submitted.submit()
    codes = sorted([first.wait(300), second.wait(300)])
    assert codes == [0, 1], submitted.said[-4000:]
    assert "this folder" in submitted.said
    assert submitted.weights() == expected


@pytest.fixture
def greedy(submitted: Submitted) -> Submitted:
    """The first step of the training's job takes 600 MB more than the program needs."""
    program = submitted.folder / "scripts" / "pretrain.py"
    program.write_text("ballast = bytearray(600_000_000)\n" + program.read_text("utf-8"), "utf-8")
    return submitted


def test_out_of_memory_it_is_retried_with_more(
    cluster: Cluster, greedy: Submitted, expected: dict[str, str]
) -> None:
    running = greedy.submit("--set-resources 'pretrain:mem_mb=800*attempt'")
    finish(running, greedy)
    tried = [cluster.field(job, "MinMemoryNode") for job in sorted(cluster.jobs("all"), key=int)]
    assert tried[-2:] == ["800M", "1600M"] or tried[-3:] == ["800M", "1600M", "2400M"]
    assert greedy.weights() == expected
    assert Path(greedy.folder / greedy.model).exists()
