"""Slurm's commands, and a workflow with one training that is long enough to be disturbed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.workflow.project import TINY, Project

# Waiting times, and threads as without Slurm (sums of other threads round otherwise): all else is
# the shipped profile as it is. Without slurmdbd, sacct knows
# nothing of jobs that have ended, so squeue is asked.
QUICK = (
    "--slurm-init-seconds-before-status-checks 2 --seconds-between-status-checks 2 "
    "--slurm-status-command squeue --latency-wait 10 "
    "--set-threads pretrain=1 warm_up_head=2 evaluate=1"
)
STEPS = 1200


class Cluster:
    """What tests ask of Slurm."""

    def ask(self, *command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def jobs(self, states: str = "PENDING,RUNNING,COMPLETING") -> list[str]:
        listed = self.ask("squeue", "--noheader", "--states", states, "--format", "%A")
        return listed.split()

    def state(self, job: str) -> str:
        return self.field(job, "JobState")

    def field(self, job: str, name: str) -> str:
        shown = self.ask("scontrol", "show", "job", job)
        return re.findall(rf"\b{name}=(\S+)", shown)[0]

    def empty(self) -> None:
        for node in ("lingraft-n1", "lingraft-n2"):
            if "down" in self.ask("sinfo", "-h", "-n", node, "-o", "%T"):
                self.ask("scontrol", "update", f"nodename={node}", "state=resume")
        subprocess.run(["scancel", "--user=root"], check=True)
        wait_for(lambda: not self.jobs())


class Submitted(Project):
    """A project whose training of `random` is to be made again, on Slurm."""

    model = "results/tiny/models/swahili/random/seed-1/pretrained/manifest.json"

    def prepare(self) -> None:
        # Long enough to be met in the middle; checkpoints often enough to be of use.
        self.change(pretraining={"short.steps": STEPS, "short.evaluate_every": STEPS // 2})

    @property
    def state(self) -> Path:
        return self.folder / "state/tiny/models/swahili/random/seed-1/pretrained"

    @property
    def log(self) -> str:
        path = self.folder / "logs/tiny/models/swahili/random/seed-1-pretrained.log"
        return path.read_text("utf-8") if path.exists() else ""

    def submit(
        self, *more: str, target: str = model, profile: str = "slurm"
    ) -> subprocess.Popen[str]:
        """Start `make run PROFILE=...` in the background; what it says goes to a file."""
        command = [
            *(sys.executable, "scripts/run_workflow.py", "--config", str(TINY)),
            *("--profile", profile, "--target", target),
            f"--arguments={QUICK} {' '.join(more)}",
        ]
        with (self.folder / "said.txt").open("a") as said:
            return subprocess.Popen(
                command, cwd=self.folder, stdout=said, stderr=subprocess.STDOUT, text=True
            )

    @property
    def said(self) -> str:
        return (self.folder / "said.txt").read_text("utf-8")

    def job(self) -> str:
        """Number of the job that was submitted last."""
        return re.findall(r"submitted with SLURM jobid (\d+)", self.said)[-1]

    def weights(self) -> dict[str, str]:
        """Digests of what the training made, but of what says how long it took."""
        manifest = json.loads((self.folder / self.model).read_text("utf-8"))
        timed = ("metrics.jsonl", "provenance.json")
        return {n: e["sha256"] for n, e in manifest["files"].items() if n not in timed}

    def step(self) -> int:
        """The newest step in the metrics of the training that goes on."""
        newest = 0
        for path in self.state.glob("*/metrics.jsonl"):
            steps = re.findall(r'"step": ?(\d+)', path.read_text("utf-8"))
            if 0 < int(steps[-1] if steps else 0) < STEPS:
                newest = max(newest, int(steps[-1]))
        return newest

    def training_process(self) -> int:
        return next(iter(self._processes()))

    def _processes(self) -> Sequence[int]:
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                words = (path / "cmdline").read_bytes().split(b"\0")
                here = str((path / "cwd").readlink()) == str(self.folder)
            except OSError:
                continue
            if here and b"--time-budget" in words and words[0].endswith(b"python"):
                found.append(int(path.name))
        return found

    def wait_for_middle(self) -> None:
        wait_for(lambda: self.step() >= 100)

    def freeze(self) -> int:
        """Stop the training in the middle: its wall time goes by without using the processor."""
        self.wait_for_middle()
        process = self.training_process()
        os.kill(process, signal.SIGSTOP)
        return process


def wait_for(condition: Callable[[], object], seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for never came"
        time.sleep(0.1)  # polling other processes: there is nothing to wait on
