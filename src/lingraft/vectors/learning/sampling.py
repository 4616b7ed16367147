"""Words with their windows and negative samples: what the models of contexts are trained on.

The text is cut into stretches. A word of a stretch is looked up once, although it is context of
many; the negative samples of a stretch are shared by its words, and weigh as if each had its own
(Mikolov et al., 2013: k of them, drawn by the frequency to the power 0.75).

Shapes: N positions of a stretch with a window at both ends, M = N - 2 * window positions that can
be targets, T targets (those that are words and have context), K shared negative samples.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from lingraft.errors import ConfigError
from lingraft.numeric.arrays import Int64
from lingraft.vectors.learning.text import EncodedText

_STRETCH = 2048  # positions; more are faster, but their words wait longer for a step
_SHARED = 256  # negative samples of a stretch
_EXPONENT = 0.75


@dataclass(frozen=True)
class Sampling:
    """Settings of the training."""

    window: int
    negatives: int
    sampling_threshold: float
    learning_rate: float
    epochs: int
    seed: int


@dataclass(frozen=True)
class Stretch:
    """A part of the text; between two lines are `window` times the id of padding."""

    ids_N: Tensor
    is_word_N: Tensor
    targets_T: Tensor  # positions among the M
    negatives_K: Tensor
    window: int

    @property
    def target_ids_T(self) -> Tensor:
        """The ids of the targets."""
        return self.ids_N[self.window + self.targets_T]

    def offsets(self) -> list[int]:
        """Where the context of position m begins in the N: m + offset, for each of the window."""
        return [offset for offset in range(2 * self.window + 1) if offset != self.window]

    def shifted(self, values: Tensor, offset: int) -> Tensor:
        """Values by position (N, ...) of what stands at an offset from each of the M."""
        return values[offset : offset + len(self.ids_N) - 2 * self.window]

    def context_sizes_T(self) -> Tensor:
        """How many words the window of each target has."""
        word_N = self.is_word_N.float()
        parts = [self.shifted(word_N, offset) for offset in self.offsets()]
        return torch.stack(parts).sum(dim=0)[self.targets_T]


class ContextModel(Protocol):
    """A model that is trained stretch by stretch."""

    def loss(self, stretch: Stretch, sampling: Sampling) -> Tensor:
        """The sum of the losses of the targets."""

    def step(self, rate: float) -> None:
        """Change the parameters by the gradients of the loss."""


def train_epochs(text: EncodedText, model: ContextModel, sampling: Sampling) -> Iterator[float]:
    """Train a model, one epoch whenever the next item is asked for.

    Yields:
        The mean loss of the epoch's targets.

    Raises:
        ConfigError: the training diverged.
    """
    generator = np.random.default_rng(sampling.seed)
    for _ in range(sampling.epochs):
        total, targets = 0.0, 0
        for stretch in stretches(text, sampling, generator):
            loss = model.loss(stretch, sampling)
            loss.backward()  # type: ignore[no-untyped-call]
            model.step(sampling.learning_rate)
            total += float(loss.detach())
            targets += len(stretch.targets_T)
        if not np.isfinite(total):
            raise ConfigError(
                f"the vectors diverged at learning_rate {sampling.learning_rate}; lower it"
            )
        yield total / max(targets, 1)


def stretches(
    text: EncodedText, sampling: Sampling, generator: np.random.Generator
) -> Iterator[Stretch]:
    """The text once: its lines in random order, without the frequent words that are dropped.

    Args:
        text: its padding has the id after the last word.
        sampling: the settings.
        generator: what is dropped, the order, and the negative samples.
    """
    window, padding = sampling.window, len(text.words)
    ids_N = _padded(text.subsampled(sampling.sampling_threshold, generator), window, generator)
    cumulated_W = np.cumsum(text.counts_W.astype(np.float64) ** _EXPONENT)
    for start in range(0, len(ids_N) - 2 * window, _STRETCH):
        part_N = torch.from_numpy(ids_N[start : start + _STRETCH + 2 * window])
        is_word_N = part_N != padding
        drawn_K = generator.random(_SHARED) * cumulated_W[-1]
        negatives_K = torch.from_numpy(np.searchsorted(cumulated_W, drawn_K, side="right"))
        middle_M = torch.arange(len(part_N) - 2 * window)
        whole = Stretch(part_N, is_word_N, middle_M, negatives_K, window)
        has_context_M = whole.context_sizes_T() > 0
        targets_T = torch.nonzero(whole.shifted(is_word_N, window) & has_context_M)[:, 0]
        if len(targets_T):
            yield Stretch(part_N, is_word_N, targets_T, negatives_K, window)


def sampled_loss(
    positive_T: Tensor, negative_TK: Tensor, stretch: Stretch, negatives: int
) -> Tensor:
    """Sum of `-log s(x+) - sum_k log s(-x-)` over the targets (Mikolov et al., 2013, equation 4).

    Args:
        positive_T: scores of the targets.
        negative_TK: scores of the shared samples; a sample that is the target itself does not
            count.
        stretch: what they belong to.
        negatives: k, for which the K shared samples stand.
    """
    other_TK = stretch.target_ids_T[:, None] != stretch.negatives_K
    weight = negatives / len(stretch.negatives_K)
    return softplus(-positive_T).sum() + weight * (softplus(negative_TK) * other_TK).sum()


def _padded(text: EncodedText, window: int, generator: np.random.Generator) -> Int64:
    """The ids, line after line in random order, with padding before, between and after."""
    lines, line_N = np.unique(text.line_N, return_inverse=True)
    place_N = generator.permutation(len(lines))[line_N]
    order_N = np.argsort(place_N, kind="stable")
    # Before each word is the padding of its own line and of all lines before it.
    position_N = np.arange(len(order_N)) + window * (place_N[order_N] + 1)
    size = len(order_N) + window * (len(lines) + 1)
    padded_N = np.full(size, len(text.words), np.int64)
    padded_N[position_N] = text.ids_N[order_N]
    return padded_N
