"""Programs of the workflow in children of a process that has imported Snakemake and lingraft.

Python, Snakemake and lingraft take two seconds of the processor to start, ten times as long as a
small plan. Runs that make something start as a user starts them; plans, of which the tests make a
hundred, start here: same arguments, folder, environment and output, another interpreter start.
"""

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
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


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What `snakemake` with these arguments does in a folder; output goes to one stream."""
    return _started(_snakemake, folder, ["snakemake", *arguments])


def script(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What `python` with these words does in a folder; output goes to one stream."""
    return _started(_script, folder, words)


def _started(
    main: Callable[[], None], folder: Path, words: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    with tempfile.NamedTemporaryFile() as said:
        child = context.Process(
            target=_become, args=(main, folder, list(words), dict(os.environ), said.name)
        )
        child.start()
        child.join()
        assert child.exitcode is not None
        text = said.read().decode("utf-8", "replace")
    return subprocess.CompletedProcess(words, child.exitcode, text)


def _become(
    main: Callable[[], None],
    folder: Path,
    words: Sequence[str],
    environment: Mapping[str, str],
    output: str,
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


def _snakemake() -> None:
    from snakemake.cli import main

    sys.exit(main())


def _script() -> None:
    runpy.run_path(sys.argv[0], run_name="__main__")
