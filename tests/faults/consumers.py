"""Runs the workflow's own commands, each in a forked process that shares one slow import.

What the rules run is asked of Snakemake itself, so that a new rule cannot be forgotten.
"""

import json
import os
import re
import resource
import runpy
import shlex
import signal
import subprocess
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.workflow.project import TINY, Project


@dataclass(frozen=True)
class Job:
    """A job of the workflow: its rule, the artifacts it reads, its command."""

    rule: str
    inputs: tuple[Path, ...]  # folders with a manifest, relative to the project
    words: tuple[str, ...]  # the program and its arguments

    def value(self, option: str) -> str | None:
        """The value of an option of the command."""
        for word, following in zip(self.words, (*self.words[1:], ""), strict=True):
            if word == option:
                return following
        return None

    def with_value(self, option: str, value: Path) -> "Job":
        """The same with another value of an option."""
        words = list(self.words)
        if option in words:
            words[words.index(option) + 1] = str(value)
        return replace(self, words=tuple(words))


def planned_jobs(project: Project, config: Path = TINY) -> list[Job]:
    """All jobs that would make everything anew."""
    said = project.dry_run("--forceall", "--printshellcmds", config=config)
    assert said.returncode == 0, said.stdout[-4000:]
    jobs = []
    for part in re.split(r"\n(?=(?:local)?rule \w+:\n)", said.stdout)[1:]:
        rule = re.match(r"(?:local)?rule (\w+):", part)
        inputs = re.search(r"^ +input: (.*)$", part, re.MULTILINE)
        command = re.search(r"^Shell command: (.*)$", part, re.MULTILINE)
        if rule and inputs and command and command[1] != "None":  # targets have no command
            paths = [Path(name) for name in inputs[1].split(", ")]
            folders = [path.parent for path in paths if path.name == "manifest.json"]
            words = shlex.split(re.split(" [<>] ", command[1])[0])
            assert words[0] == "python", words
            jobs.append(Job(rule[1], tuple(dict.fromkeys(folders)), tuple(words[1:])))
    return jobs


@dataclass(frozen=True)
class Ending:
    """How a job ended, and what it said."""

    code: int
    said: str

    @property
    def is_one_line(self) -> bool:
        """Whether it failed as a program should: an error of one line, no traceback."""
        last = self.said.strip().rpartition("\n")[2]
        return self.code not in (0, 70) and last.startswith("error: ") and not self.has_traceback

    @property
    def has_traceback(self) -> bool:
        """Whether it fell over."""
        return "Traceback (most recent call last)" in self.said or self.code < 0


class Consumers:
    """A process that has imported everything and forks for each job."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, cwd=folder, env=environment,
        )  # fmt: skip
        assert self._answer() == "ready"

    def run(self, words: Sequence[str | Path], cwd: Path, file_size: int = -1) -> Ending:
        """Run a program of scripts/ in `cwd`; no file may grow above `file_size` bytes."""
        assert self._server.stdin is not None
        request = {"words": [str(word) for word in words], "cwd": str(cwd), "size": file_size}
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return Ending(**json.loads(self._answer()))

    def close(self) -> None:
        """End the process."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(timeout=60)

    def _answer(self) -> str:
        assert self._server.stdout is not None
        return self._server.stdout.readline().strip()


# --- What follows runs in the server and its children. ---


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libraries greet on the standard output

    from lingraft.program import use_threads

    use_threads(1)
    import torch
    import transformers.models.bert.modeling_bert  # noqa: F401

    import lingraft.evaluation.stage
    import lingraft.initialization.stage
    import lingraft.models.stage
    import lingraft.reporting.stage
    import lingraft.training.loop
    import lingraft.training.stage
    import lingraft.vectors.stage  # noqa: F401

    torch.set_num_threads(1)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(_fork(json.loads(line))), file=answers, flush=True)


def _fork(request: dict[str, Any]) -> dict[str, Any]:
    read, write = os.pipe()  # no file: its size would be limited too
    child = os.fork()
    if child == 0:
        os.close(read)
        os.dup2(write, 1)
        os.dup2(write, 2)
        os._exit(_live(request))
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        said = stream.read().decode("utf-8", "replace")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {"code": code, "said": said}


def _live(request: dict[str, Any]) -> int:
    code = 70
    try:
        os.chdir(request["cwd"])
        sys.stdout, sys.stderr = (os.fdopen(n, "w", buffering=1, closefd=False) for n in (1, 2))
        sys.argv = request["words"]
        if request["size"] >= 0:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (request["size"], request["size"]))
        runpy.run_path(sys.argv[0], run_name="__main__")
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 1
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    _serve()
