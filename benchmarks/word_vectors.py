"""A set of two million word vectors: written, opened, looked up and searched from its file.

Own memory is what the process itself took at its end; the peak also counts pages of the file, which
the system can take back at any time.

    python benchmarks/word_vectors.py [--words 2000000] [--width 64] [--threads 2]
        [--preset full|brief|tiny] [--output FILE] [--table FILE]

`brief` has one million. `tiny` only shows that every step runs.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lingraft import program
from measuring import Comparison, Contender, Figures, timed
from rows import run_comparisons

WORDS = {"full": 2_000_000, "brief": 1_000_000, "tiny": 2_000}
LOOKED_UP = 10_000  # words
SEARCHED = 100  # words whose neighbors are sought among all
NEIGHBORS = 10


def main(
    words: int = 0,
    width: int = 64,
    preset: str = "full",
    threads: int = 2,
    only: str = "",
    output: str = "",
    table: str = "",
) -> None:
    """Run the steps and print what they took.

    Args:
        words: size of the vocabulary; that of the preset by default.
        width: dimensions.
        preset: full, brief, or tiny.
        threads: of every step.
        only: steps to run, separated by commas; all by default.
        output: file to write the figures to, as JSON.
        table: file to write the table to, as Markdown.
    """
    found = comparisons(preset, (), words, width, threads)
    run_comparisons((("word_vectors", one) for one in found), preset, only, output, table)


def comparisons(
    preset: str,
    corpora: Sequence[Path] = (),
    words: int = 0,
    width: int = 64,
    threads: int = 2,
) -> Iterator[Comparison]:
    """The steps, whose set is there while they are."""
    words = words or WORDS[preset]
    size = 4 * words * width / 1e6
    of = f"{words:,} word vectors of width {width} ({size:,.0f} MB)"
    looked_up = f"{min(LOOKED_UP, words):,}"
    steps = {
        "write": f"{of}: written",
        "open_set": f"{of}: opened, every number checked",
        "look_up": f"{of}: opened, {looked_up} words looked up",
        "neighbors": f"{of}: opened, {NEIGHBORS} neighbors of {SEARCHED} words",
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for step, what in steps.items():
            is_writing = step == "write"
            yield Comparison(
                step,
                what,
                Contender("lingraft", timed_step, (step, folder, words, width, threads)),
                repeats=1 if is_writing else 3,
                threads=threads,
                prepare=None if is_writing else partial(_write_once, folder, words, width),
                shown=("anonymous_mb",),
            )


def timed_step(step: str, folder: Path, words: int, width: int, threads: int) -> Figures:
    """What a step takes, and its own memory."""
    program.use_threads(threads)
    run: Callable[..., Any] = globals()[step]
    kept: list[Any] = []  # what it made is in memory until the memory is read
    figures = timed(lambda: kept.append(run(folder, words, width)))
    return figures | {"anonymous_mb": _anonymous_mb()}


def _write_once(folder: Path, words: int, width: int) -> None:
    """Before a step that is measured without the one that writes."""
    if not (folder / "set").exists():
        write(folder, words, width)


def write(folder: Path, words: int, width: int) -> Any:
    """A set whose vectors are in a file when it is saved."""
    from lingraft.vectors.vectorset import VectorSet

    drawn = np.lib.format.open_memmap(folder / "drawn.npy", "w+", np.float32, (words, width))
    generator = np.random.default_rng(0)
    for start in range(0, words, 2**16):
        block = drawn[start : start + 2**16]
        block[:] = generator.standard_normal(block.shape, np.float32)
    made = VectorSet([f"word{row}" for row in range(words)], drawn)
    shutil.rmtree(folder / "set", ignore_errors=True)
    (folder / "set").mkdir()
    made.save(folder / "set")
    (folder / "drawn.npy").unlink()
    return made


def open_set(folder: Path, words: int, width: int) -> Any:
    """The set, with its words and their places; every number is checked."""
    from lingraft.vectors.vectorset import VectorSet

    loaded = VectorSet.load(folder / "set")
    if loaded.vectors_WE.shape != (words, width):
        raise RuntimeError(f"the set has vectors of shape {loaded.vectors_WE.shape}")
    return loaded


def look_up(folder: Path, words: int, width: int) -> Any:
    """The vectors of words at random places."""
    loaded = open_set(folder, words, width)
    rows = np.random.default_rng(1).integers(0, words, min(LOOKED_UP, words))
    found = loaded.vectors_of([f"word{row}" for row in rows])
    if not np.array_equal(found, loaded.vectors_WE[rows]):
        raise RuntimeError("a word has the vector of another")
    return loaded


def neighbors(folder: Path, words: int, width: int) -> Any:
    """The words with the largest inner products, of words at random places."""
    from lingraft.numeric.neighbors import nearest

    loaded = open_set(folder, words, width)
    rows = np.random.default_rng(1).integers(0, words, SEARCHED)
    found = nearest(loaded.vectors_WE[rows], loaded.vectors_WE, NEIGHBORS, precision="float32")
    if not (found[0] == rows[:, None]).any(axis=1).all():
        raise RuntimeError("a word is not among its own neighbors")
    return loaded


def _anonymous_mb() -> float:
    """Memory of this process that no file has; nan where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text("utf-8").splitlines() if status.is_file() else []
    found = [line.split()[1] for line in lines if line.startswith("RssAnon:")]
    return int(found[0]) / 1024 if found else float("nan")


if __name__ == "__main__":
    program.run(main)
