"""Self-learning of alignments against the plain algorithm, and CSLS against its bare product.

`iterations`: an iteration of self-learning on two spaces of 20,000 words, ours and that of a plain
implementation with the data flow of VecMap's program: a product for each of four questions, ten
maxima for ten neighbors, a random number for each entry. With probability 1 both must find the same
objective; with 0.1, where learning begins, the law of the draws is the same. The bare product is
the one that no exact iteration can do without. VecMap's README says about five hours of CPU for a
whole run, which has about 400 iterations.

`csls`: the best translation of `--queries` words (all by default) among all, and what it needs: the
mean similarity of these words and of all words of the other side, against the bare products.

    python benchmarks/self_learning.py [--only iterations,csls] [--preset full|brief|tiny]
        [--scale 1] [--queries 200000] [--width 300] [--threads 2] [--output FILE] [--table FILE]

`tiny` only shows that every contender runs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lingraft import program
from measuring import Bar, Comparison, Contender, Figures, timed
from rows import run_comparisons

SIZES = {  # words of iterations, words and queries of CSLS
    "full": (20_000, 200_000, 200_000),
    "brief": (10_000, 50_000, 10_000),
    "tiny": (200, 200, 200),
}
BATCH = 1000  # words of a block of the plain implementation
BLOCK = 2048, 16_384  # of the bare products
TILE = 1024  # of the one bare product


@dataclass(frozen=True)
class Spaces:
    """What is compared: the sizes of two spaces, and the probability of keeping an entry."""

    queries: int
    words: int
    width: int
    probability: float
    threads: int


def main(
    only: str = "",
    preset: str = "full",
    scale: float = 1.0,
    queries: int = 0,
    width: int = 300,
    threads: int = 2,
    output: str = "",
    table: str = "",
) -> None:
    """Run the comparisons and print their rows.

    Args:
        only: comparisons to run, separated by commas; all by default.
        preset: full, brief, or tiny.
        scale: factor on the numbers of words.
        queries: words of the source side of `csls`.
        width: dimensions.
        threads: of every contender.
        output: file to write the figures to, as JSON.
        table: file to write the table to, as Markdown.
    """
    found = comparisons(preset, (), scale, queries, width, threads)
    run_comparisons((("self_learning", one) for one in found), preset, only, output, table)


def comparisons(
    preset: str,
    corpora: Sequence[Path] = (),
    scale: float = 1.0,
    queries: int = 0,
    width: int = 300,
    threads: int = 2,
) -> Iterator[Comparison]:
    """Iterations with and without draws, then CSLS."""
    words, all_words, asked = (int(scale * size) for size in SIZES[preset])
    for probability in (1.0, 0.1):
        spaces = Spaces(words, words, width, probability, threads)
        yield Comparison(
            "iterations",
            f"an iteration of self-learning, {words:,} x {words:,} x {width}, p {probability:g}",
            Contender("lingraft", timed_contender, ("learned", spaces)),
            (
                Contender("plain, VecMap's data flow", timed_contender, ("plain", spaces),
                          "numpy"),
                Contender("its one bare product", timed_contender, ("product", spaces),
                          "numpy"),
            ),
            threads=threads,
            shown=("value",) if probability == 1 else (),
        )  # fmt: skip
    spaces = Spaces(queries or asked, all_words, width, 0.0, threads)
    products = Contender(
        "its two bare products", timed_contender, ("products", spaces), "torch",
        bar=Bar("cpu_s", 1 / 1.3, said="ours at most 1.3 times it by CPU"),
    )  # fmt: skip
    yield Comparison(
        "csls",
        f"CSLS, {spaces.queries:,} x {spaces.words:,} words, width {width}",
        Contender("lingraft", timed_contender, ("csls", spaces)),
        (products,),
        repeats=1 if spaces.queries * spaces.words > 10**9 else 3,
        threads=threads,
    )


def timed_contender(name: str, spaces: Spaces) -> Figures:
    """What a contender takes, without what it does once, and what it found."""
    program.use_threads(spaces.threads)
    import torch

    torch.set_num_threads(spaces.threads)
    contender: Callable[..., Callable[[], float]] = globals()[name]
    step = contender(*vectors(spaces), spaces.probability)
    found: list[float] = []
    figures = timed(lambda: found.append(step()))
    return figures | {"value": found[0]}


def vectors(spaces: Spaces) -> tuple[Any, Any]:
    """Unit vectors, and a rotated copy with noise."""
    generator = np.random.default_rng(0)
    shape = spaces.words, spaces.width
    source_NE = generator.normal(size=shape).astype(np.float32)
    turn_EE = np.linalg.qr(generator.normal(size=(spaces.width, spaces.width)))[0]
    noise_NE = 0.5 * generator.normal(size=shape).astype(np.float32)
    target_NE = (source_NE + noise_NE) @ turn_EE.astype(np.float32)
    sides = source_NE[: spaces.queries], target_NE
    source_NE, target_NE = (side / np.linalg.norm(side, axis=1)[:, None] for side in sides)
    return source_NE, target_NE


def learned(source_NE: Any, target_NE: Any, probability: float) -> Callable[[], float]:
    """One iteration of ours from the true dictionary, after the first, which takes the memory."""
    from lingraft.vectors.fitting import Problem
    from lingraft.vectors.self_learning import Learned, Learner, Schedule

    rows_P = np.arange(len(source_NE))
    problem = Problem(source_NE, target_NE, rows_P, rows_P, np.ones(len(rows_P)))
    learner = Learner(problem, len(rows_P), Schedule(probability=probability))
    first = Learned(rows_P, rows_P, probability=probability)
    before = learner._next(first)
    again = replace(first, mean_N=before.mean_N, mean_M=before.mean_M)
    return lambda: learner._next(again).objective


def plain(source_NE: Any, target_NE: Any, probability: float) -> Callable[[], float]:
    """One iteration as VecMap's program makes it, with its four products."""
    return lambda: _iteration(source_NE, target_NE, probability)


def product(source_NE: Any, target_NE: Any, probability: float) -> Callable[[], float]:
    """All cosines once, tile by tile in the same memory."""
    memory = np.empty((TILE, TILE), np.float32)

    def step() -> float:
        for rows in range(0, len(source_NE), TILE):
            for columns in range(0, len(target_NE), TILE):
                some, others = source_NE[rows : rows + TILE], target_NE[columns : columns + TILE]
                np.matmul(some, others.T, out=memory[: len(some), : len(others)])
        return float(memory[0, 0])

    return step


def _iteration(source_NE: Any, target_NE: Any, probability: float) -> float:
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


def csls(source_NE: Any, target_NE: Any, probability: float) -> Callable[[], float]:
    """The mean of every target word, and the best translation of every source word."""
    from lingraft.vectors.retrieval import csls_nearest, mean_similarity

    def step() -> float:
        hubness_N = mean_similarity(target_NE, source_NE, 10)
        return float(csls_nearest(source_NE, target_NE, hubness_N, 1)[1].mean())

    return step


def products(source_NE: Any, target_NE: Any, probability: float) -> Callable[[], float]:
    """All scores twice, in the memory of one block."""
    import torch

    memory = torch.empty(BLOCK[0] * BLOCK[1])

    def step() -> float:
        for queries, keys in ((target_NE, source_NE), (source_NE, target_NE)):
            for row in range(0, len(queries), BLOCK[0]):
                rows = torch.from_numpy(queries[row : row + BLOCK[0]])
                for column in range(0, len(keys), BLOCK[1]):
                    columns = torch.from_numpy(keys[column : column + BLOCK[1]])
                    block = memory[: len(rows) * len(columns)].view(len(rows), len(columns))
                    torch.mm(rows, columns.T, out=block)
        return float(memory[0])

    return step


if __name__ == "__main__":
    program.run(main)
