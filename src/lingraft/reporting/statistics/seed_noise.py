"""The variation between seeds, where only some of the systems were trained with several.

A design with partial replication (Cullis, Smith and Coombes 2006, "On the design of early
generation variety trials with correlated data"): the variance between seeds is estimated from the
systems that have several, pooled over them, and taken for all. So a pair of systems with one seed
in common gets an interval that covers the choice of the seed as well as that of the examples.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize

from lingraft.reporting.statistics.comparison import Comparison
from lingraft.reporting.statistics.summaries import student_quantile

_LEAST = 1e-9  # no p below it is told
_FEWEST = 2  # with one degree of freedom, a bound is 12.7 standard errors away: it tells nothing


@dataclass(frozen=True)
class SeedNoise:
    """How much the score of a system varies between seeds, on the same examples.

    A share varies by so many points; a number above 1, such as bits per byte, by a part of itself.

    Attributes:
        variance: of one seed's score, or of its ratio to the mean where this is above 1; pooled
            over the systems with several seeds.
        degrees: of freedom of this estimate: seeds less one, summed over these systems.
    """

    variance: float
    degrees: int

    @classmethod
    def pooled(cls, systems: Iterable[Sequence[float]]) -> "SeedNoise | None":
        """Estimate it.

        Args:
            systems: the scores of each system, one a seed.

        Returns:
            The variance, or None if fewer than two systems have two seeds, and none has three.
        """
        several = [
            np.asarray(scores, dtype=np.float64) / _unit(float(np.mean(scores)))
            for scores in systems
            if len(scores) > 1
        ]
        degrees = sum(len(scores) - 1 for scores in several)
        if degrees < _FEWEST:
            return None
        squares = sum(float(np.sum((scores - scores.mean()) ** 2)) for scores in several)
        return cls(squares / degrees, degrees)


def with_noise(found: Comparison, noise: SeedNoise, level: float) -> Comparison:
    """A comparison over one seed whose interval and p cover the variation between seeds too.

    The bounds of the two sources of variation are added as squares (Zou and Donner 2008,
    "Construction of confidence limits about effect measures: a general approach"): those over
    examples, which may be asymmetric, and Student's t of a seed's standard error in both systems.
    Few seeds give few degrees of freedom, and so wide bounds, even where they agree by chance. p is
    the level at which the bounds reach zero, and not below that over examples alone.

    Args:
        found: two systems on the same examples, with one seed.
        noise: of the systems that were measured with several seeds.
        level: the score of one of the two, whose size tells what a part of a number is.

    Raises:
        ValueError: the comparison is over several seeds, whose variation it has already.
    """
    if found.seeds != 1:
        raise ValueError(f"a comparison over {found.seeds} seeds has their variation already")
    by_seed = math.sqrt(2 * noise.variance) * _unit(level)  # both have a seed's own effect
    by_example, examples = found.standard_error, max(1, found.examples - 1)

    def half(p_value: float) -> float:
        confidence = 1 - p_value
        return math.hypot(
            by_example * student_quantile(examples, confidence),
            by_seed * student_quantile(noise.degrees, confidence),
        )

    reach = by_seed * student_quantile(noise.degrees, found.confidence)
    return replace(
        found,
        low=found.difference - math.hypot(found.difference - found.low, reach),
        high=found.difference + math.hypot(found.high - found.difference, reach),
        p_value=max(found.p_value, _level_of(abs(found.difference), half)),
        standard_error=math.hypot(by_example, by_seed),
        borrows_seeds=True,
    )


def _unit(level: float) -> float:
    return max(1.0, abs(level))


def _level_of(distance: float, half: Callable[[float], float]) -> float:
    """The p whose interval has this half width; `half` falls with p."""
    if distance == 0:
        return 1.0
    if half(_LEAST) <= distance:
        return _LEAST
    return float(optimize.brentq(lambda p_value: half(p_value) - distance, _LEAST, 1.0))
