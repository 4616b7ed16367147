"""What a generator is taught: lessons of some steps each, and first those on the source's rows.

A lesson is a function of its number and the seed: what is sampled, and the order. So a training
that was killed can go on in the middle of one.

Shapes: N tokens of a lesson, B tokens of a batch.
"""

from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import Tensor, nn

from lingraft.initialization.generation.batches import inputs_of
from lingraft.initialization.generation.loss import row_loss
from lingraft.initialization.generation.split import TokenSplit
from lingraft.initialization.generator import Generator
from lingraft.initialization.networks.basis import Basis
from lingraft.initialization.networks.reader import TokenLesson, TokenReader
from lingraft.numeric.arrays import Int64

_GROUPED = 40  # batches that are sorted by length together, as in HyperOFA's code


class CourseLesson(ABC):
    """Some steps, each with a loss."""

    steps: int

    @abstractmethod
    def loss(self, network: nn.Module, step: int) -> Tensor:
        """The loss of a step."""


class Course(ABC):
    """Lessons of one kind."""

    lessons: int
    """How many there are."""
    largest_gradient: float | None = None
    """A longer gradient is shortened to this norm; None for none."""

    @abstractmethod
    def lesson(self, number: int) -> CourseLesson:
        """Prepare a lesson, by its number."""

    @abstractmethod
    def rate(self, lessons: float) -> float:
        """The learning rate after so many lessons, whole or not."""


class RowCourse(Course):
    """The source's rows: a lesson shows all training tokens, as the reader describes them."""

    def __init__(
        self, settings: Generator, reader: TokenReader, basis: Basis, split: TokenSplit
    ) -> None:
        """Teach the rows of some tokens.

        Args:
            settings: of the generator.
            reader: how it reads tokens.
            basis: the source's rows.
            split: which of them it learns.
        """
        self.settings, self.reader, self.basis, self.split = settings, reader, basis, split
        self.lessons = settings.epochs
        self.wanted_SX = torch.from_numpy(basis.multiples_SX)

    def lesson(self, number: int) -> CourseLesson:
        """An epoch."""
        draw = np.random.default_rng([self.settings.seed, number])
        shown = self.reader.lesson(self.split.training_N, self.split.held_out_M, draw)
        batches = batches_of(
            shown, self.settings.batch_size, draw, as_authors=self.settings.follows_authors
        )
        return _RowLesson(self, shown, batches)

    def rate(self, lessons: float) -> float:
        """As the settings say."""
        return learning_rate(self.settings, lessons)


class _RowLesson(CourseLesson):
    def __init__(self, course: RowCourse, shown: TokenLesson, batches: list[Int64]) -> None:
        self._course, self._shown, self._batches = course, shown, batches
        self.steps = len(batches)

    def loss(self, network: nn.Module, step: int) -> Tensor:
        device = next(network.parameters()).device
        places_B, course = self._batches[step], self._course
        lists = [self._shown.lists[place] for place in places_B.tolist()]
        wanted_BX = course.wanted_SX[torch.from_numpy(self._shown.rows_N[places_B])].to(device)
        return row_loss(
            network(*inputs_of(lists, device)),
            wanted_BX,
            course.basis.parts,
            course.settings.contrastive_share,
            course.settings.temperature,
        )


def learning_rate(settings: Generator, epochs: float) -> float:
    """The learning rate after so many epochs, whole or not.

    Args:
        settings: the first rate, and how it falls.
        epochs: finished, with the finished part of the one that runs.
    """
    if settings.schedule == "step":
        decays = int(epochs) // settings.decay_epochs
        return settings.learning_rate * settings.decay**decays
    return settings.learning_rate * (1.0 - epochs / settings.epochs)


def batches_of(
    lesson: TokenLesson, size: int, draw: np.random.Generator, *, as_authors: bool = False
) -> list[Int64]:
    """Places of a lesson in random batches, in each of which the lists have like lengths.

    Args:
        lesson: what an epoch shows.
        size: tokens of a batch.
        draw: of the order.
        as_authors: as HyperOFA's code, which goes from short lists to long ones in each group and
            leaves out a last batch that is not full.
    """
    lengths_N = np.array([len(each) for each in lesson.lists])
    order_N = draw.permutation(len(lengths_N))
    batches = []
    for first in range(0, len(order_N), size * _GROUPED):
        group = order_N[first : first + size * _GROUPED]
        group = group[np.argsort(lengths_N[group], kind="stable")]
        batches += [group[start : start + size] for start in range(0, len(group), size)]
    if as_authors:
        return [batch for batch in batches if len(batch) == size] or batches
    # Otherwise the learning rate would be the lowest where the lists are long.
    return [batches[place] for place in draw.permutation(len(batches)).tolist()]
