"""Jobs that the run's server forked make the same bits as those that start by themselves."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.workflow.project import TIMED, Project

from lingraft.artifacts import read_manifest
from lingraft.evaluation.results import TaskResult, read_result
from lingraft.launch.forking import running
from lingraft.launch.forking.running import SWITCH, start_server

MODELS = "results/tiny/models/swahili/wechsel/seed-1"
MADE = (
    "results/tiny/alignments/english-swahili",
    "results/tiny/tokens/swahili/swahili",
    f"{MODELS}/initialized",
    f"{MODELS}/pretrained",
)
TUNED = f"{MODELS}/distilled"  # which the finished run has not
WARM = "results/tiny/source_models/tiny-bert/ready"
MEASURED = "results/tiny/evaluation/swahili/wechsel/seed-1"
TIMES = {"seconds", "cpu_seconds", "tokens_per_second", "peak_memory_bytes"}


def test_forked_jobs_make_the_same_bits(
    finished: Project, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Word vectors and the warm-up of the head are made on the way."""
    monkeypatch.setenv(SWITCH, "no")
    tasks = [f"{MEASURED}/{state}/language_model.json" for state in ("initialized", "pretrained")]
    made = [f"{place}/manifest.json" for place in (*MADE, TUNED)]
    done = project.snakemake(*made, *tasks)
    assert done.returncode == 0, done.stdout[-4000:]
    for state in ("initialized", "pretrained"):
        assert _measured(project.folder / MEASURED / state) == _measured(
            finished.folder / MEASURED / state
        )
    ordinary, tuned = project.digests(), _account(project.folder / TUNED)
    for place in (f"{MODELS}/pretrained", WARM):
        assert _account(project.folder / place) == _account(finished.folder / place), place

    monkeypatch.delenv(SWITCH)
    shutil.rmtree(project.folder / TUNED)
    shutil.rmtree(project.folder / TUNED.replace("results", "state", 1))
    done = project.snakemake(made[-1])
    assert done.returncode == 0, done.stdout[-4000:]
    assert _account(project.folder / TUNED) == tuned
    forked = project.digests() | finished.digests()
    assert len(ordinary) > 50
    assert {name: forked[name] for name in ordinary} == ordinary


def _measured(folder: Path) -> dict[str, TaskResult]:
    """The results of an evaluation, with the digests of their predictions."""
    return {path.name: replace(read_result(path), seconds=0.0) for path in folder.glob("*.json")}


def _account(folder: Path) -> list[Any]:
    """What a training wrote of itself, without how long it and those before it took."""
    lines = (folder / "metrics.jsonl").read_text("utf-8").splitlines()
    metrics = [
        {name: value for name, value in json.loads(line).items() if name not in TIMES}
        for line in lines
    ]
    manifest = read_manifest(folder)
    facts = {name: value for name, value in vars(manifest.facts).items() if name != "state"}
    said = [manifest.kind, manifest.settings, facts, manifest.versions]
    return [metrics, *said, sorted(manifest.files)]


@dataclass(frozen=True)
class Jobs:
    """Jobs of a finished run that are done again through one server, one after the other."""

    project: Project
    commands: Mapping[str, str]  # by what they make
    server: Path
    folder: Path

    def again(self, made: str, name: str, **changed: str) -> Path:
        """Do the job again that made something; what it makes gets another name.

        Args:
            made: the `--output` of the job.
            name: of the new one.
            changed: its other options that shall be different.
        """
        words = shlex.split(self.commands[made])
        output = self.folder / name
        own = {"output": str(output), "state": f"{output}-state", "vectors": f"{output}-vectors"}
        for option, value in (own | changed).items():
            if f"--{option}" in words:
                words[words.index(f"--{option}") + 1] = value
        done = subprocess.run(words, cwd=self.project.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-4000:]
        return output

    def forked(self) -> int:
        """How many jobs were forked and have ended."""
        return len(list((self.server / "costs").iterdir()))


@pytest.fixture
def jobs(finished: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("PATH", os.environ["PATH"])  # which is put back afterwards
    server = start_server()
    assert server is not None
    yield Jobs(finished, _commands(finished), server, tmp_path)
    process = running._alive.pop()
    assert process.stdin is not None
    process.stdin.close()
    process.wait()


def _commands(project: Project) -> Mapping[str, str]:
    """The command line of each job without its log, by its `--output`."""
    found = {}
    for path in (project.folder / ".snakemake" / "metadata").rglob("*"):
        said = json.loads(path.read_text("utf-8")).get("shellcmd") if path.is_file() else None
        command, _, log = (said or "").rpartition(" > ")
        words = shlex.split(command) if log else []
        if "--output" in words:
            found[words[words.index("--output") + 1]] = command
    return found


def _files(folder: Path) -> dict[str, str]:
    """The digests of what was made, without the card, which has the name of the folder."""
    files, others = read_manifest(folder).files, {*TIMED, "README.md"}
    return {name: entry["sha256"] for name, entry in files.items() if name not in others}


def test_a_training_leaves_nothing_to_the_next_one(jobs: Jobs) -> None:
    """Other models, seeds, precisions and numbers of threads go before it in the same zygote."""
    made, other = f"{MODELS}/pretrained", "results/tiny/models/swahili/random/seed-1/pretrained"
    words = shlex.split(jobs.commands[made])
    recipe = json.loads(words[words.index("--settings") + 1])
    strange = recipe | {"precision": "bf16", "weight_decay": 0.5, "schedule": "constant"}
    found = [jobs.again(made, "first")]  # the zygote imports what this one did
    jobs.again(made, "strange", settings=json.dumps(strange), seed="2")
    found.append(jobs.again(made, "second"))
    different = jobs.again(other, "different")
    jobs.again(made, "threads", threads="2")
    found.append(jobs.again(made, "last"))
    assert jobs.forked() == 5  # with two threads, libraries were imported for one
    for folder in found:
        assert _files(folder) == _files(jobs.project.folder / made)
        assert _account(folder) == _account(jobs.project.folder / made)
    assert _files(different) == _files(jobs.project.folder / other)


def test_an_evaluation_leaves_nothing_to_the_next_one(jobs: Jobs) -> None:
    """Two states in either order, and other settings between them."""
    first, second = f"{MEASURED}/initialized", f"{MEASURED}/pretrained"
    strange = {"language_model": {"documents": 3, "mask_probability": 0.5}, "lexicon": {}}
    found = [(first, jobs.again(first, "first"))]
    found.append((second, jobs.again(second, "second")))
    jobs.again(second, "strange", settings=json.dumps(strange))
    found.append((first, jobs.again(first, "third")))
    found.append((second, jobs.again(second, "last")))
    assert jobs.forked() == 5
    for made, folder in found:
        assert _measured(folder) == _measured(jobs.project.folder / made)
