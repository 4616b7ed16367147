"""The steps of a generator's training.

An epoch is a function of its number and the seed (what is sampled, the order), and a step of its
number, the weights and the moments (dropout). So a training that was killed and goes on ends with
the same bits as one that was not.

Shapes: N tokens of an epoch, B tokens of a batch, X numbers of a row.
"""

import logging
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from lingraft.errors import DivergedError
from lingraft.initialization.generation.batches import inputs_of
from lingraft.initialization.generation.loss import row_loss
from lingraft.initialization.generation.split import TokenSplit
from lingraft.initialization.generation.state import GeneratorState, Reached
from lingraft.initialization.generator import Generator
from lingraft.initialization.networks.basis import Basis
from lingraft.initialization.networks.reader import TokenLesson, TokenReader
from lingraft.numeric.arrays import Int64

logger = logging.getLogger(__name__)

_GROUPED = 40  # batches that are sorted by length together, as in HyperOFA's code


class Learning:
    """One training, step by step."""

    def __init__(
        self, settings: Generator, reader: TokenReader, basis: Basis, split: TokenSplit
    ) -> None:
        """Draw the network.

        Args:
            settings: of the generator.
            reader: how it reads tokens.
            basis: the source's rows.
            split: which of them it learns.
        """
        self.settings, self.reader, self.basis, self.split = settings, reader, basis, split
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(settings.seed)
        self.network: nn.Module = settings.network(reader, basis).to(self.device)
        self._wanted_SX = torch.from_numpy(basis.multiples_SX)
        self._optimizer = torch.optim.Adam(self.network.parameters(), lr=settings.learning_rate)
        self.losses: list[float] = []
        """The mean loss of each epoch."""
        self._steps = 0

    def run(self, state: GeneratorState) -> None:
        """Train from where the state is to the end.

        Raises:
            DivergedError: a loss is not a number.
        """
        reached = state.load()
        first = 0 if reached is None else reached.epoch
        begun = self._restore(reached) if reached is not None else []
        progress = tqdm(
            range(first, self.settings.epochs),
            f"train generator ({self.settings.name()})",
            initial=first,
            total=self.settings.epochs,
            unit="epoch",
            disable=None,
        )
        for epoch in progress:
            losses = self._epoch(epoch, begun, state)
            begun = []
            self.losses.append(float(np.mean(losses)))
            progress.set_postfix(loss=f"{self.losses[-1]:.4f}")
            if progress.disable:
                logger.info(
                    "epoch %d/%d  loss %.4f", epoch + 1, self.settings.epochs, self.losses[-1]
                )
            if state.is_due:
                state.save(self._reached(epoch + 1, 0, []))

    def _epoch(self, epoch: int, begun: list[float], state: GeneratorState) -> list[float]:
        """All batches of an epoch but those that are done; the losses of all of them."""
        draw = np.random.default_rng([self.settings.seed, epoch])
        lesson = self.reader.lesson(self.split.training_N, self.split.held_out_M, draw)
        batches = batches_of(lesson, self.settings.batch_size, draw)
        losses = list(begun)
        for number in range(len(begun), len(batches)):
            self._set_rate(epoch + number / len(batches))
            losses.append(self._step(lesson, batches[number]))
            if number + 1 < len(batches) and state.is_due:
                state.save(self._reached(epoch, number + 1, losses))
        return losses

    def _step(self, lesson: TokenLesson, places_B: Int64) -> float:
        # Dropout depends on the step's number alone, also after a restart.
        seeds = np.random.SeedSequence([self.settings.seed, self._steps, 1])
        torch.manual_seed(int(seeds.generate_state(1, np.uint64)[0] >> np.uint64(1)))
        self.network.train()
        lists = [lesson.lists[place] for place in places_B.tolist()]
        wanted_BX = self._wanted_SX[torch.from_numpy(lesson.rows_N[places_B])].to(self.device)
        predicted_BX = self.network(*inputs_of(lists, self.device))
        settings = self.settings
        loss = row_loss(
            predicted_BX,
            wanted_BX,
            self.basis.parts,
            settings.contrastive_share,
            settings.temperature,
        )
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self._steps += 1
        value = float(loss.detach())
        if not np.isfinite(value):
            raise DivergedError(
                f"the generator's loss is {value} after {self._steps} steps; lower `learning_rate` "
                f"({settings.learning_rate:g})"
            )
        return value

    def _set_rate(self, epochs: float) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate(self.settings, epochs)

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


def batches_of(lesson: TokenLesson, size: int, draw: np.random.Generator) -> list[Int64]:
    """Places of a lesson in random batches, in each of which the lists have like lengths.

    Args:
        lesson: what an epoch shows.
        size: tokens of a batch.
        draw: of the order.
    """
    lengths_N = np.array([len(each) for each in lesson.lists])
    order_N = draw.permutation(len(lengths_N))
    batches = []
    for first in range(0, len(order_N), size * _GROUPED):
        group = order_N[first : first + size * _GROUPED]
        group = group[np.argsort(lengths_N[group], kind="stable")]
        batches += [group[start : start + size] for start in range(0, len(group), size)]
    # Otherwise the learning rate would be the lowest where the lists are long.
    return [batches[place] for place in draw.permutation(len(batches)).tolist()]
