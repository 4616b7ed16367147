"""A set of two million word vectors: written, opened, looked up and searched from its file.

Each step runs in a process of its own. `anonymous` is the memory that the process itself took at
its end; the peak also counts pages of the file, which the system can take back at any time.

    python benchmarks/word_vectors.py [--words 2000000] [--width 64] [--preset full|tiny]

`tiny` only shows that every step runs.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lingraft import program
from measuring import in_fresh_process, in_this_process

LOOKED_UP = 10_000  # words
SEARCHED = 100  # words whose neighbors are sought among all
NEIGHBORS = 10


def main(
    words: int = 2_000_000,
    width: int = 64,
    preset: str = "full",
    threads: int = 2,
    output: str = "",
) -> None:
    """Run the steps and print what they took.

    Args:
        words: size of the vocabulary.
        width: dimensions.
        preset: full, or tiny.
        threads: of every step.
        output: file to write the figures to, as JSON.
    """
    words = 2000 if preset == "tiny" else words
    program.use_threads(threads)
    measure = in_this_process if preset == "tiny" else in_fresh_process
    size = 4 * words * width / 1e6
    print(f"\n{words} words, {width} dimensions, {size:.0f} MB of vectors", flush=True)
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for step in ("write", "open_set", "look_up", "neighbors"):
            figures[step] = measure(timed, step, Path(folder), words, width, threads)
            line = "  {:<10} {cpu:>8.1f} CPU s {wall:>8.1f} s {peak_mb:>7.0f} MB peak"
            line += " {anonymous_mb:>7.0f} MB anonymous"
            print(line.format(step, **figures[step]), flush=True)
    if output:
        Path(output).write_text(json.dumps(figures, indent=2), "utf-8")


def timed(step: str, folder: Path, words: int, width: int, threads: int) -> dict[str, float]:
    """Seconds, CPU seconds and own memory of a step."""
    program.use_threads(threads)
    run: Callable[..., Any] = globals()[step]
    wall, cpu = time.perf_counter(), time.process_time()
    kept = run(folder, words, width)  # what it made is in memory until the memory is read
    figures = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    figures["anonymous_mb"] = _anonymous_mb()
    del kept
    return figures


def write(folder: Path, words: int, width: int) -> Any:
    """A set whose vectors are in a file when it is saved."""
    from lingraft.vectors.vectorset import VectorSet

    drawn = np.lib.format.open_memmap(folder / "drawn.npy", "w+", np.float32, (words, width))
    generator = np.random.default_rng(0)
    for start in range(0, words, 2**16):
        block = drawn[start : start + 2**16]
        block[:] = generator.standard_normal(block.shape, np.float32)
    made = VectorSet([f"word{row}" for row in range(words)], drawn)
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
