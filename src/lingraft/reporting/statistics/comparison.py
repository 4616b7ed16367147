"""Comparing systems on the same test examples, over one seed or several.

Shape suffixes: B resamples, Y systems, S seeds, N examples, K classes, M columns that share the
resampling.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from lingraft.numeric.arrays import Float64
from lingraft.numeric.exact import add_products, split_for_sums
from lingraft.reporting.statistics.examples import Examples, metric
from lingraft.reporting.statistics.summaries import (
    normal_quantile,
    percentile_bounds,
    student_quantile,
    tail_ratio,
)

_BLOCK = 4_000_000  # numbers of a block of resampling weights; bounds memory, changes no result
_POWER = 0.8
_FOR_SHAPE = 2000  # resamples that determine only the asymmetry of an interval of known width

Kind = Literal["bootstrap", "swap"]


@dataclass(frozen=True)
class Comparison:
    """System minus baseline: the difference, its interval and its p-value.

    `borrows_seeds`: it is over one seed, and the variation between seeds is that of other systems.
    """

    difference: float
    low: float
    high: float
    p_value: float
    confidence: float
    standard_error: float
    seeds: int
    examples: int
    borrows_seeds: bool = False

    @property
    def covers_seeds(self) -> bool:
        """Whether interval and p cover the variation between seeds."""
        return self.seeds > 1 or self.borrows_seeds

    @property
    def detectable(self) -> float:
        """The smallest true difference that the test would find four times out of five."""
        # The usual formula of the minimum detectable effect: z of the test's level plus z of the
        # power, times the standard error.
        deviations = normal_quantile(self.confidence) + float(special.ndtri(_POWER))
        return deviations * self.standard_error


def compare(
    system: Examples,
    baseline: Examples,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> Comparison:
    """Compare two systems whose seeds and examples are paired.

    Args:
        system: the examples of one.
        baseline: the examples of the other, in the same order.
        confidence, resamples, seed: as those of `compare_all`.

    Raises:
        ValueError: the systems do not have the same number of seeds and examples.
    """
    pair = {"system": system, "baseline": baseline}
    return compare_all(pair, "baseline", confidence, resamples, seed)["system"]


def compare_all(
    systems: Mapping[str, Examples],
    baseline: str,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> dict[str, Comparison]:
    """Compare every system with `baseline` under one common resampling of seeds and examples.

    With one seed this is the paired bootstrap over examples, and p comes from approximate
    randomization (swapping the two systems example by example; Noreen 1989). With several seeds
    both seeds and examples are resampled. They are crossed, not nested, since every seed meets
    the same test set; the interval is therefore stretched to the two-way variance (`_spread`),
    which the crossed bootstrap alone overestimates (Owen 2007, "The pigeonhole bootstrap").

    Args:
        systems: the examples of each system, baseline included, by its name.
        baseline: name of the system that the others are compared with.
        confidence: of the intervals.
        resamples: of the bootstrap, and of the randomization test.
        seed: of the resampling.

    Raises:
        ValueError: the systems do not have the same number of seeds and examples.
    """
    shapes = {name: examples.numerators_SNK.shape[:2] for name, examples in systems.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"the systems were not measured on the same seeds and examples: {shapes}")
    seeds, n = shapes[baseline]
    if seeds > 1:
        resamples = min(resamples, _FOR_SHAPE)
    others = {name: examples for name, examples in systems.items() if name != baseline}
    p_values = {}
    if seeds == 1:
        p_values = _randomization(others, systems[baseline], resamples, seed)
    draws_YB = _differences(others, systems[baseline], resamples, seed)
    scores_YS, influence_YSN = _scores([*others.values(), systems[baseline]])
    result = {}
    for y, (name, draws_B) in enumerate(zip(others, draws_YB, strict=True)):
        estimate = float((scores_YS[y] - scores_YS[-1]).mean())
        error, degrees = _spread(influence_YSN[y] - influence_YSN[-1])
        low, high = _bounds(draws_B - estimate, error, degrees, seeds, confidence)
        p_value = p_values[name] if seeds == 1 else _student(estimate, error, degrees)
        bounds = (estimate + low, estimate + high)
        result[name] = Comparison(estimate, *bounds, p_value, confidence, error, seeds, n)
    return result


def _differences(
    systems: Mapping[str, Examples], baseline: Examples, resamples: int, seed: int
) -> Float64:
    """Draws YB of the difference of each system from the baseline, with seeds resampled too."""
    draws_BYS = _bootstrap([*systems.values(), baseline], resamples, seed)
    seeds = draws_BYS.shape[2]
    weights_BS = _seed_weights(seeds, resamples, np.random.default_rng(seed))
    gaps_BYS = draws_BYS[:, :-1] - draws_BYS[:, -1:]
    draws_BY = np.zeros(gaps_BYS.shape[:2])
    for seed_index in range(seeds):  # in this order: a sum over the axis may choose its own
        draws_BY += gaps_BYS[:, :, seed_index] * weights_BS[:, None, seed_index]
    return np.ascontiguousarray(draws_BY.T)


def _scores(systems: Sequence[Examples]) -> tuple[Float64, Float64]:
    """Scores YS of every seed and influence YSN of every example; in one go if shapes agree."""
    if len({examples.numerators_SNK.shape for examples in systems}) > 1:
        scores = np.stack([examples.score_S for examples in systems])
        return scores, np.stack([examples.influence_SN for examples in systems])
    # The seeds of all systems share one axis (Y x S), so that one call computes everything.
    together = Examples(
        np.concatenate([examples.numerators_SNK for examples in systems]),
        np.concatenate([examples.denominators_SNK for examples in systems]),
        systems[0].transform,
    )
    shape = (len(systems), -1)
    influence_SN = together.influence_SN
    return together.score_S.reshape(shape), influence_SN.reshape(*shape, influence_SN.shape[1])


def _bounds(
    draws_B: Float64, error: float, degrees: float, seeds: int, confidence: float
) -> tuple[float, float]:
    """Percentiles of the centered draws; with several seeds stretched to the two-way t interval.

    A bootstrap over three or five seeds has too few distinct draws for its percentiles to be
    right, so there it determines only the asymmetry of the interval.
    """
    low, high = percentile_bounds(draws_B, confidence)
    if seeds == 1:
        return low * tail_ratio(degrees, confidence), high * tail_ratio(degrees, confidence)
    width = 2 * error * student_quantile(degrees, confidence)
    stretch = width / (high - low) if high > low else 0.0
    return low * stretch, high * stretch


def _spread(differences_SN: Float64) -> tuple[float, float]:
    """Standard error of the grand mean of a crossed seeds x examples table, and its freedom.

    Var = (MS_seeds + MS_examples - MS_rest) / (S N), with Satterthwaite's degrees of freedom.
    """
    seeds, n = differences_SN.shape
    if n < 2:
        return 0.0, 1.0
    mean = differences_SN.mean()
    by_example_N = differences_SN.mean(0)
    examples_square = seeds * float(np.sum((by_example_N - mean) ** 2)) / (n - 1)
    if seeds == 1:
        return math.sqrt(examples_square / n), n - 1
    by_seed_S = differences_SN.mean(1)
    seeds_square = n * float(np.sum((by_seed_S - mean) ** 2)) / (seeds - 1)
    rest_SN = differences_SN - by_example_N - by_seed_S[:, None] + mean
    rest_square = float(np.sum(rest_SN**2)) / ((seeds - 1) * (n - 1))
    # A variance component that is estimated below zero counts as zero. Its mean square is then that
    # of the rest.
    total = max(seeds_square, rest_square) + max(examples_square, rest_square) - rest_square
    if total == 0:
        return 0.0, seeds - 1
    pieces = seeds_square**2 / (seeds - 1) + examples_square**2 / (n - 1)
    pieces += rest_square**2 / ((seeds - 1) * (n - 1))
    return math.sqrt(total / (seeds * n)), max(1.0, total**2 / pieces)


def _student(estimate: float, error: float, degrees: float) -> float:
    if error == 0:
        return 1.0 if estimate == 0 else 0.0
    return float(2 * special.stdtr(degrees, -abs(estimate) / error))


def _bootstrap(systems: Sequence[Examples], resamples: int, seed: int) -> Float64:
    """Draws BYS of every system's metric; one draw takes the same examples for all of them."""
    columns = [_columns(part) for examples in systems for part in _parts(examples)]
    sums_BM = _weighted_sums("bootstrap", np.hstack(columns), resamples, seed)
    if len({examples.numerators_SNK.shape for examples in systems}) > 1:  # some lack a class
        # A system has 2 x S x K columns, numerators and then denominators. np.split takes the inner
        # borders only, hence [:-1].
        parts = np.split(sums_BM, np.cumsum([2 * _width(e) for e in systems])[:-1], axis=1)
        drawn = [_ratio_columns(part, e) for part, e in zip(parts, systems, strict=True)]
        return np.stack(drawn, axis=1)
    seeds, _, classes = systems[0].numerators_SNK.shape
    # The columns are in the order system, numerator or denominator, seed, class.
    sums = sums_BM.reshape(resamples, len(systems), 2, seeds, classes)
    return metric(sums[:, :, 0], sums[:, :, 1], systems[0].transform)


def _width(examples: Examples) -> int:
    seeds, _, classes = examples.numerators_SNK.shape
    return int(seeds * classes)


def _randomization(
    systems: Mapping[str, Examples], baseline: Examples, resamples: int, seed: int
) -> dict[str, float]:
    """Two-sided p of each system against `baseline`, over random swaps of their examples."""
    base = np.hstack([_columns(part) for part in _parts(baseline)])
    result = {}
    for name, examples in systems.items():
        gaps = np.hstack([_columns(part) for part in _parts(examples)]) - base
        # Of a swapped example the two systems exchange their values. `moved_BM` sums the gaps of
        # these examples: the baseline gains them, the system loses them.
        moved_BM = _weighted_sums("swap", gaps, resamples, seed)
        swapped = _ratio_columns(base.sum(0) + gaps.sum(0) - moved_BM, baseline)
        kept = _ratio_columns(base.sum(0) + moved_BM, baseline)
        observed = abs(float(np.mean(examples.score_S - baseline.score_S)))
        # Equal swaps may differ in the last bits. The observed assignment is one of the possible
        # ones (the 1 in the next line), so p is never 0.
        reached = np.abs((swapped - kept).mean(1)) >= observed - 1e-9 * abs(observed)
        result[name] = (1 + int(reached.sum())) / (1 + resamples)
    return result


def _weighted_sums(kind: Kind, values_NM: Float64, resamples: int, seed: int) -> Float64:
    """Random weights BN @ values NM, in blocks of resamples; rounded once, whatever the shape."""
    n = len(values_NM)
    parts = split_for_sums(values_NM, total_weight=n)
    block = max(1, _BLOCK // n)
    sizes = [min(block, resamples - start) for start in range(0, resamples, block)]
    weights = (_weights(kind, size, n, seed, index) for index, size in enumerate(sizes))
    return np.vstack([add_products(each_BN.astype(np.float64), parts) for each_BN in weights])


@lru_cache(maxsize=12)
def _weights(kind: Kind, size: int, n: int, seed: int, block: int) -> NDArray[np.uint8]:
    """How often each of `n` examples is drawn, or whether it is swapped; the same for all metrics.

    Cached because languages and metrics of one size meet again and again.
    """
    # The block is a part of the seed, so each block can be drawn, or cached, without the others.
    rng = np.random.default_rng([seed, block, kind == "swap"])
    if kind == "swap":
        return rng.integers(2, size=(size, n), dtype=np.uint8)
    # Resample b has the numbers from b * n on, so that one bincount counts all resamples at once.
    places = rng.integers(n, size=(size, n)) + np.arange(size)[:, None] * n
    # A count beyond 255 of one example would be a miracle even for 256 examples.
    return np.bincount(places.ravel(), minlength=size * n).reshape(size, n).astype(np.uint8)


def _ratio_columns(sums_BM: Float64, like: Examples) -> Float64:
    """Columns (numerators SK, then denominators SK) -> the metric BS."""
    seeds, _, classes = like.numerators_SNK.shape
    numerators, denominators = np.split(sums_BM, 2, axis=1)
    shape = (len(sums_BM), seeds, classes)
    return metric(numerators.reshape(shape), denominators.reshape(shape), like.transform)


def _parts(examples: Examples) -> tuple[Float64, Float64]:
    return examples.numerators_SNK, examples.denominators_SNK


def _columns(part_SNK: Float64) -> Float64:
    return part_SNK.transpose(1, 0, 2).reshape(part_SNK.shape[1], -1)


def _seed_weights(seeds: int, resamples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    # S seeds drawn with replacement, as counts: the weighted sum is the mean of the drawn seeds.
    return rng.multinomial(seeds, [1 / seeds] * seeds, resamples) / seeds
