"""Which examples a step sees: a function of the seed and its number, without state.

A batch is of one training set and one language, so that examples of other languages are no easy
negatives. Groups take turns in fixed shares, and each is read in a new order in every epoch.

Shapes: N examples of a batch, G groups, S steps.
"""

import logging
from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from lingraft.encoders.examples import TrainingExample
from lingraft.errors import ConfigError, InputError
from lingraft.training.sampler import Stream, flatten, key, permute

logger = logging.getLogger(__name__)


class ExampleSampler:
    """Deals the examples of a stage.

    Args:
        sets: the examples of each training set.
        steps: of the stage.
        batch_size: examples of a step.
        exponent: groups take turns in proportion to their examples to this power.
        seed: of the training.

    Raises:
        InputError: no group has a whole batch.
    """

    def __init__(
        self,
        sets: Mapping[str, Sequence[TrainingExample]],
        steps: int,
        batch_size: int,
        exponent: float,
        seed: int,
    ) -> None:
        self.examples = [example for examples in sets.values() for example in examples]
        self._size, self._seed = batch_size, seed
        groups = _groups(sets)
        self._groups = {name: of for name, of in groups.items() if len(of) >= batch_size}
        if not self._groups:
            largest = max(map(len, groups.values()), default=0)
            raise InputError(
                f"{', '.join(sets)}: the largest group of one set and one language has {largest} "
                f"examples, fewer than one batch of {batch_size}; lower batch_size, or add examples"
            )
        for name in groups.keys() - self._groups.keys():
            logger.warning(
                "%s: %d examples are fewer than one batch of %d, and are left out",
                name, len(groups[name]), batch_size,
            )  # fmt: skip
        counts_G = [len(of) for of in self._groups.values()]
        self._turns_S, self._earlier_S = _take_turns(flatten(counts_G, exponent), steps)

    def numbers(self, step: int) -> NDArray[np.int64]:
        """Numbers (N) of the examples that a step of the stage sees.

        Args:
            step: 0 for the first step of the stage.
        """
        group, earlier = self._turns_S[step], int(self._earlier_S[step])
        of_G = list(self._groups.values())[group]
        # What is left of an epoch, after its last whole batch, waits for the next epoch.
        epoch, batch = divmod(earlier, len(of_G) // self._size)
        places_N = np.arange(batch * self._size, (batch + 1) * self._size, dtype=np.uint64)
        keys_N = key(self._seed, Stream.EXAMPLE, group, epoch, np.zeros(self._size))
        chosen_N = permute(places_N, len(of_G), keys_N).astype(np.int64)
        return np.asarray(of_G[chosen_N])

    def used(self) -> NDArray[np.int64]:
        """Numbers of the examples that the steps see, in order."""
        return np.unique(np.concatenate([self.numbers(step) for step in range(len(self._turns_S))]))


def share_of(batch: NDArray[np.int64], rank: int, size: int) -> NDArray[np.int64]:
    """The part of a batch that one of several processes works on.

    Args:
        batch: numbers of its examples.
        rank: the process's number.
        size: how many processes there are.

    Raises:
        ConfigError: the batch cannot be divided.
    """
    if len(batch) % size:
        raise ConfigError(
            f"batch_size {len(batch)} cannot be divided over {size} processes; use a number of "
            "processes that divides it"
        )
    return np.split(batch, size)[rank]


def _take_turns(
    weights_G: Sequence[float], steps: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The group of each step, always the one that is farthest behind its share; and how many turns
    it had before."""
    shares_G = np.array(weights_G) / sum(weights_G)
    counts_G = np.zeros(len(shares_G), np.int64)
    turns_S, earlier_S = np.zeros(steps, np.int64), np.zeros(steps, np.int64)
    for step in range(steps):
        group = np.argmax(shares_G * (step + 1) - counts_G)
        turns_S[step], earlier_S[step] = group, counts_G[group]
        counts_G[group] += 1
    return turns_S, earlier_S


def _groups(sets: Mapping[str, Sequence[TrainingExample]]) -> dict[str, NDArray[np.int64]]:
    """Numbers of the examples of each set and language, among the examples of all sets."""
    names = [
        f"{name}, {example.language}" for name, examples in sets.items() for example in examples
    ]
    numbers = sorted(range(len(names)), key=names.__getitem__)  # stable: in the order of the sets
    return {
        name: np.fromiter(of, dtype=np.int64) for name, of in groupby(numbers, names.__getitem__)
    }
