"""Programs of the workflow in children of a process that has imported Snakemake and lingraft.

Python, Snakemake and lingraft take two seconds of the processor to start, ten times as long as a
small plan. Runs that make something start as a user starts them; plans, of which the tests make a
hundred, start here: same arguments, folder, environment and output, another interpreter start.
"""

import atexit
import multiprocessing
import os
import runpy
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

IMPORTED = [
    "pytest",  # the main module of the tests, which every child of multiprocessing reads again
    "snakemake.cli",
    "lingraft.experiment.loading",
    "lingraft.reporting.published.numbers",
    "lingraft.stages.rules",
    "lingraft.stages.targets",
    "lingraft.supervision.forked_costs",
    "lingraft.supervision.planned",
    "lingraft.supervision.snapshot",
]


@dataclass(frozen=True)
class Ended:
    """A program that has ended."""

    returncode: int
    stdout: str  # with what it said as errors
    processor_seconds: float  # of its own, and of its children; the clock is that of all tests


def snakemake(folder: Path, *arguments: str) -> Ended:
    """What `snakemake` with these arguments does in a folder; output goes to one stream."""
    return _started(_snakemake, folder, ["snakemake", *arguments])


def script(folder: Path, *words: str) -> Ended:
    """What `python` with these words does in a folder; output goes to one stream."""
    return _started(_script, folder, words)


def _started(main: Callable[[], None], folder: Path, words: Sequence[str]) -> Ended:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    with tempfile.NamedTemporaryFile() as said, tempfile.NamedTemporaryFile() as spent:
        names = said.name, spent.name
        child = context.Process(
            target=_become, args=(main, folder, list(words), dict(os.environ), *names)
        )
        child.start()
        child.join()
        assert child.exitcode is not None
        text = said.read().decode("utf-8", "replace")
        return Ended(child.exitcode, text, float(spent.read() or "nan"))


def _become(
    main: Callable[[], None],
    folder: Path,
    words: Sequence[str],
    environment: Mapping[str, str],
    output: str,
    spent: str,
) -> None:
    """In the child: be the program that was asked for, from its first line to its last."""
    with Path(output).open("ab") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = list(words)
    try:
        main()
    finally:
        atexit._run_exitfuncs()  # children of multiprocessing end without them
        Path(spent).write_text(str(sum(os.times()[:4])), "utf-8")


def _snakemake() -> None:
    from snakemake.cli import main

    sys.exit(main())


def _script() -> None:
    runpy.run_path(sys.argv[0], run_name="__main__")
