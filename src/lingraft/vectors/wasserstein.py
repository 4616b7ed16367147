"""Wasserstein-Procrustes (Grave, Joulin and Berthet, 2019): min over rotations Q and permutations
P of |X Q - P Y|^2, by random batches of both sides.

For a given Q the best P of a batch is an assignment, solved exactly; for a given P the loss falls
along X^T P Y, and the step is projected back onto the rotations. Batches double from epoch to
epoch while their number falls to a quarter. The authors start from a convex relaxation; here the
start is that of unsupervised VecMap, by sorted similarities: on a centered space the relaxation
does not leave the uniform matching.

Legend: B words of a batch, N source words, M target words, E dimension.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from tqdm import tqdm

from lingraft.numeric.arrays import Float32, Float64, Int64
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.first_dictionaries import similar_words
from lingraft.vectors.fitting import Maps, Problem, fit_refinement, orthogonal_map
from lingraft.vectors.learned_maps import require_vectors
from lingraft.vectors.random_starts import compare
from lingraft.vectors.retrieval import mutual_neighbors
from lingraft.vectors.self_learning import Learned, Schedule


@dataclass(frozen=True)
class Batches:
    """How many words are matched at once, how often, and how far the map turns."""

    words: int = 20_000
    first_size: int = 500
    first_steps: int = 400
    epochs: int = 4
    step_size: float = 0.5


def fit_wasserstein(
    problem: Problem,
    batches: Batches,
    *,
    refinements: int,
    neighbors: int,
    refuse: bool,
    seed: int,
) -> Maps:
    """Fit without a pair.

    Args:
        problem: the vectors; its pairs are not used.
        batches: how words are matched.
        refinements: rounds of Procrustes on mutual neighbors at the end.
        neighbors: how many CSLS averages over.
        refuse: a map that is no better than random starts is a failure, else a warning.
        seed: of the batches and the random starts.

    Raises:
        InputError: a side is empty or not finite.
    """
    require_vectors(problem)
    first_P = similar_words(problem, neighbors=neighbors)
    start_EE, _ = orthogonal_map(problem.source_NE[first_P[0]], problem.target_ME[first_P[1]])
    turned_EE, costs = turn(problem, start_EE, batches, seed)
    matched = _mutual(problem, turned_EE, neighbors, batches.words)
    maps = fit_refinement(
        matched,
        rounds=refinements,
        neighbors=neighbors,
        maximum_rank=batches.words,
        keep_dictionary=False,
    )
    final = _mutual(problem, maps.source_EK, neighbors, batches.words)
    compared = compare(
        problem, Learned(final.source_P, final.target_P), Schedule(neighbors, seed=seed)
    )
    facts: dict[str, Any] = {
        "method": "wasserstein",
        "cost": {"first batches": costs[0], "last batches": costs[1]},
        "mutual_pairs": len(final.source_P),
        "compared": asdict(compared),
    }
    doubt = compared.doubt("`method: wasserstein`", "give `dictionaries` and another method")
    if doubt:
        facts["warning"] = doubt
    failure = doubt if refuse else ""
    return replace(maps, facts=facts, uses_pairs=False, failure=failure)


def turn(
    problem: Problem, map_EE: Float64, batches: Batches, seed: int
) -> tuple[Float64, tuple[float, float]]:
    """Turn a map by the matchings of random batches.

    Args:
        problem: the vectors.
        map_EE: the rotation to start from.
        batches: how words are matched.
        seed: of the draws.

    Returns:
        The rotation, and the mean distance (1 - cosine) of matched words in the first and in the
        last tenth of the batches.
    """
    source_NE = unit_rows(np.asarray(problem.source_NE[: batches.words], np.float32))
    target_ME = unit_rows(np.asarray(problem.target_ME[: batches.words], np.float32))
    most = min(len(source_NE), len(target_ME))
    generator = np.random.default_rng(seed)
    sizes = [
        min(batches.first_size << epoch, most)
        for epoch in range(batches.epochs)
        for _ in range(max(1, batches.first_steps >> 2 * epoch))
    ]
    costs = []
    for number, size in enumerate(tqdm(sizes, desc="wasserstein", disable=None, leave=False), 1):
        source_BE = source_NE[generator.choice(len(source_NE), size, replace=False)]
        target_BE = target_ME[generator.choice(len(target_ME), size, replace=False)]
        matched_B, cost = best_matching(source_BE @ map_EE.astype(np.float32), target_BE)
        ascent_EE = source_BE.T.astype(np.float64) @ target_BE[matched_B]
        rate = batches.step_size / number**0.5
        map_EE = _rotation(map_EE + rate * ascent_EE / np.linalg.norm(ascent_EE, 2))
        costs.append(cost)
    tenth = max(1, len(costs) // 10)
    return map_EE, (float(np.mean(costs[:tenth])), float(np.mean(costs[-tenth:])))


def best_matching(source_BE: Float32, target_BE: Float32) -> tuple[Int64, float]:
    """The target row (B,) of each source row in the best one-to-one matching, and its distance.

    Args:
        source_BE: mapped unit vectors.
        target_BE: unit vectors.
    """
    similarity_BB = source_BE @ target_BE.T
    rows_B, columns_B = linear_sum_assignment(similarity_BB, maximize=True)
    return columns_B, 1 - float(similarity_BB[rows_B, columns_B].mean())


def _rotation(matrix_EE: Float64) -> Float64:
    left_EE, _, right_EE = np.linalg.svd(matrix_EE)
    nearest: Float64 = left_EE @ right_EE
    return nearest


def _mutual(problem: Problem, map_EE: Float64, neighbors: int, words: int) -> Problem:
    """The problem with the mutual nearest neighbors under a map as its pairs."""
    source_NE = unit_rows(np.asarray(problem.source_NE @ map_EE.astype(np.float32), np.float32))
    target_ME = unit_rows(np.asarray(problem.target_ME, np.float32))
    source_P, target_P = mutual_neighbors(source_NE, target_ME, neighbors, words)
    ones_P = np.ones(len(source_P))
    return replace(problem, source_P=source_P, target_P=target_P, weights_P=ones_P)
