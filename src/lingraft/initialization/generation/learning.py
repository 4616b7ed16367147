"""The steps of a generator's training, in lessons: those on rows, and then those on text.

What a step does follows from its number, the weights and the moments (dropout). So a training that
was killed and goes on ends with the same bits as one that was not.
"""

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from lingraft.errors import DivergedError
from lingraft.initialization.generation.lessons import Course, CourseLesson
from lingraft.initialization.generation.state import GeneratorState, Reached
from lingraft.initialization.generator import Generator
from lingraft.initialization.networks.basis import Basis
from lingraft.initialization.networks.reader import TokenReader

logger = logging.getLogger(__name__)


class Learning:
    """One training, step by step."""

    def __init__(
        self, settings: Generator, reader: TokenReader, basis: Basis, courses: Sequence[Course]
    ) -> None:
        """Draw the network.

        Args:
            settings: of the generator.
            reader: how it reads tokens.
            basis: the source's rows.
            courses: what it is taught, the first first.
        """
        self.settings, self.courses = settings, courses
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(settings.seed)
        self.network: nn.Module = settings.network(reader, basis).to(self.device)
        self._optimizer = torch.optim.Adam(self.network.parameters(), lr=settings.learning_rate)
        self.losses: list[float] = []
        """The mean loss of each lesson."""
        self._steps = 0

    def run(self, state: GeneratorState) -> None:
        """Train from where the state is to the end.

        Raises:
            DivergedError: a loss is not a number.
        """
        reached = state.load()
        first = 0 if reached is None else reached.epoch
        begun = self._restore(reached) if reached is not None else []
        total = sum(course.lessons for course in self.courses)
        progress = tqdm(
            range(first, total),
            f"train generator ({self.settings.name()})",
            initial=first,
            total=total,
            unit="epoch",
            disable=None,
        )
        for epoch in progress:
            losses = self._epoch(epoch, begun, state)
            begun = []
            self.losses.append(float(np.mean(losses)))
            progress.set_postfix(loss=f"{self.losses[-1]:.4f}")
            if progress.disable:
                logger.info("epoch %d/%d  loss %.4f", epoch + 1, total, self.losses[-1])
            if state.is_due:
                state.save(self._reached(epoch + 1, 0, []))

    def _epoch(self, epoch: int, begun: list[float], state: GeneratorState) -> list[float]:
        """All steps of a lesson but those that are done; the losses of all of them."""
        course, number = self._taught(epoch)
        lesson = course.lesson(number)
        losses = list(begun)
        for step in range(len(begun), lesson.steps):
            self._set_rate(course.rate(number + step / lesson.steps), course.largest_gradient)
            losses.append(self._step(lesson, step))
            if step + 1 < lesson.steps and state.is_due:
                state.save(self._reached(epoch, step + 1, losses))
        return losses

    def _taught(self, epoch: int) -> tuple[Course, int]:
        """Whose lesson it is, and its number there."""
        for course in self.courses:
            if epoch < course.lessons:
                return course, epoch
            epoch -= course.lessons
        raise IndexError(epoch)

    def _step(self, lesson: CourseLesson, step: int) -> float:
        # Dropout depends on the step's number alone, also after a restart.
        seeds = np.random.SeedSequence([self.settings.seed, self._steps, 1])
        torch.manual_seed(int(seeds.generate_state(1, np.uint64)[0] >> np.uint64(1)))
        self.network.train()
        loss = lesson.loss(self.network, step)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if self._largest is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), self._largest)
        self._optimizer.step()
        self._steps += 1
        value = float(loss.detach())
        if not np.isfinite(value):
            raise DivergedError(
                f"the generator's loss is {value} after {self._steps} steps; lower `learning_rate` "
                f"({self._rate:g} here)"
            )
        return value

    def _set_rate(self, rate: float, largest_gradient: float | None) -> None:
        self._rate, self._largest = rate, largest_gradient
        for group in self._optimizer.param_groups:
            group["lr"] = rate

    def _reached(self, epoch: int, batch: int, losses: list[float]) -> Reached:
        tensors = {f"weights.{name}": p.detach() for name, p in self.network.named_parameters()}
        for name, parameter in self.network.named_parameters():
            for key, value in self._optimizer.state[parameter].items():
                tensors[f"{key}.{name}"] = value
        return Reached(epoch, batch, self._steps, list(self.losses), list(losses), tensors)

    def _restore(self, reached: Reached) -> list[float]:
        """Weights, moments and numbers as they were; returns the losses of the begun epoch."""
        with torch.no_grad():
            for name, parameter in self.network.named_parameters():
                parameter.copy_(reached.tensors[f"weights.{name}"])
                self._optimizer.state[parameter] = _moments(reached.tensors, name, self.device)
        self.losses, self._steps = list(reached.losses), reached.steps
        logger.info("goes on after %d epochs and %d batches", reached.epoch, reached.batch)
        return list(reached.losses_of_epoch)


def _moments(tensors: Mapping[str, Tensor], name: str, device: torch.device) -> dict[str, Tensor]:
    # Adam keeps its step count on the CPU, and its moments where the weights are.
    return {
        "step": tensors[f"step.{name}"],
        "exp_avg": tensors[f"exp_avg.{name}"].to(device),
        "exp_avg_sq": tensors[f"exp_avg_sq.{name}"].to(device),
    }
