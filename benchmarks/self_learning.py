"""Self-learning of alignments against the plain algorithm, and CSLS against its bare product.

`iterations`: some iterations of self-learning on two spaces of 20,000 words, ours and those of a
plain implementation with the data flow of VecMap's program: a product for each of four questions,
ten maxima for ten neighbors, a random number for each entry. With probability 1 both must find the
same objective; with 0.1, where learning begins, the law of the draws is the same. The README of
VecMap says about five hours of CPU for a whole run; `ITERATIONS` of ours are set beside it.

`csls`: the best translation of every word, against the two products that no exact search can do
without.

    python benchmarks/self_learning.py [--only iterations,csls] [--preset full|tiny] [--scale 1]

`tiny` only shows that every contender runs.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lingraft import program
from measuring import in_fresh_process, in_this_process

THREADS = 2
WIDTH = 300
SIZES = {"iterations": 20_000, "csls": 200_000}
ITERATIONS = 400  # of a run, as on the synthetic spaces of the documents
PUBLISHED_HOURS = 5.0
BATCH = 1000  # words of a block of the plain implementation
BLOCK = 2048, 16_384  # of the bare product


def main(only: str = "", preset: str = "full", scale: float = 1.0, output: str = "") -> None:
    """Run the comparisons and print them.

    Args:
        only: comparisons to run, separated by commas; all by default.
        preset: full, or tiny.
        scale: factor on the numbers of words.
        output: file to write the figures to, as JSON.
    """
    program.use_threads(THREADS)
    figures: dict[str, Any] = {}
    for name in [part for part in only.split(",") if part] or list(SIZES):
        words = 200 if preset == "tiny" else int(scale * SIZES[name])
        measure = in_this_process if preset == "tiny" else in_fresh_process
        contenders = [("learned", "plain"), ("csls", "products")][name == "csls"]
        for probability in (1.0, 0.1) if name == "iterations" else (0.0,):
            print(f"\n{name}: {words} words, {WIDTH} dimensions, p {probability}", flush=True)
            found = {}
            for contender in contenders:
                found[contender] = measure(timed, contender, words, probability)
                line = "  {:<10} {cpu:>9.2f} CPU s {wall:>9.2f} s {peak_mb:>7.0f} MB {value:.6f}"
                print(line.format(contender, **found[contender]), flush=True)
            own, other = (found[contender]["cpu"] for contender in contenders)
            print(f"  {contenders[1]} takes {other / own:.2f} x the CPU time of {contenders[0]}")
            if name == "iterations":
                hours = own * ITERATIONS / 3600
                print(f"  {ITERATIONS} iterations: {hours:.2f} h; published: {PUBLISHED_HOURS} h")
            figures[f"{name} {probability}"] = found
    if output:
        Path(output).write_text(json.dumps(figures, indent=2), "utf-8")


def timed(name: str, words: int, probability: float) -> dict[str, float]:
    """Seconds of a contender, without those of making its data, and what it found."""
    program.use_threads(THREADS)
    import torch

    torch.set_num_threads(THREADS)
    contender: Callable[..., float] = globals()[name]
    data = spaces(words)
    wall, cpu = time.perf_counter(), time.process_time()
    value = contender(*data, probability)
    return {
        "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "value": value
    }  # fmt: skip


def spaces(words: int) -> tuple[Any, Any]:
    """Unit vectors, and a rotated copy with noise in another order."""
    generator = np.random.default_rng(0)
    source_NE = generator.normal(size=(words, WIDTH)).astype(np.float32)
    turn_EE = np.linalg.qr(generator.normal(size=(WIDTH, WIDTH)))[0].astype(np.float32)
    noise_NE = 0.5 * generator.normal(size=(words, WIDTH)).astype(np.float32)
    target_NE = (source_NE + noise_NE) @ turn_EE
    sides = source_NE, target_NE
    source_NE, target_NE = (side / np.linalg.norm(side, axis=1)[:, None] for side in sides)
    return source_NE, target_NE


def learned(source_NE: Any, target_NE: Any, probability: float) -> float:
    """One iteration of ours, from the true dictionary."""
    from lingraft.vectors.fitting import Problem
    from lingraft.vectors.self_learning import Learned, Learner, Schedule

    rows_P = np.arange(len(source_NE))
    problem = Problem(source_NE, target_NE, rows_P, rows_P, np.ones(len(rows_P)))
    learner = Learner(problem, len(rows_P), Schedule(probability=probability))
    first = Learned(rows_P, rows_P, probability=probability)
    return learner._next(first).objective


def plain(source_NE: Any, target_NE: Any, probability: float) -> float:
    """One iteration as VecMap's program makes it, with its four products."""
    left, _, right = np.linalg.svd(target_NE.T @ source_NE)
    mapped_NE = source_NE @ (right.T @ left.T)
    best = []
    for queries_NE, keys_NE in ((mapped_NE, target_NE), (target_NE, mapped_NE)):
        means_N = np.concatenate([_means(b @ queries_NE.T) for b in _batches(keys_NE)])
        parts = []
        for block_BE in _batches(queries_NE):
            scores_BN = block_BE @ keys_NE.T
            parts.append(scores_BN.max(axis=1))
            scores_BN -= means_N / 2
            if probability < 1:
                scores_BN = scores_BN * (np.random.rand(*scores_BN.shape) < probability)
            scores_BN.argmax(axis=1)
        best.append(float(np.concatenate(parts).mean()))
    return sum(best) / 2


def _batches(rows_NE: Any) -> list[Any]:
    return [rows_NE[start : start + BATCH] for start in range(0, len(rows_NE), BATCH)]


def _means(scores_BN: Any) -> Any:
    """Mean of the ten largest of each row, one maximum at a time."""
    rows_B = np.arange(len(scores_BN))
    total_B = np.zeros(len(scores_BN), np.float32)
    for _ in range(10):
        best_B = scores_BN.argmax(axis=1)
        total_B += scores_BN[rows_B, best_B]
        scores_BN[rows_B, best_B] = -100
    return total_B / 10


def csls(source_NE: Any, target_NE: Any, probability: float) -> float:
    """The mean of every target word, and the best translation of every source word."""
    from lingraft.vectors.retrieval import csls_nearest, mean_similarity

    hubness_N = mean_similarity(target_NE, source_NE, 10)
    return float(csls_nearest(source_NE, target_NE, hubness_N, 1)[1].mean())


def products(source_NE: Any, target_NE: Any, probability: float) -> float:
    """All scores twice, in the memory of one block."""
    import torch

    memory = torch.empty(BLOCK[0] * BLOCK[1])
    for queries, keys in ((target_NE, source_NE), (source_NE, target_NE)):
        for rows in torch.from_numpy(queries).split(BLOCK[0]):
            for columns in torch.from_numpy(keys).split(BLOCK[1]):
                block = memory[: len(rows) * len(columns)].view(len(rows), len(columns))
                torch.mm(rows, columns.T, out=block)
    return float(memory[0])


if __name__ == "__main__":
    program.run(main)
