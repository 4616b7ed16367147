"""Lessons on text: the source model predicts text that is cut by a sampled vocabulary, with rows
that the generator makes (ZeTT).

Minixhofer, Ponti and Vulic (2024), *Zero-Shot Tokenizer Transfer*, section 3: `L + alpha * L_aux`,
where L is the model's loss and L_aux the distance of generated rows to those of source tokens. A
token that the source writes as one piece is that piece in our network, so L_aux would be zero; a
lesson therefore takes some source tokens for missing, and L_aux is about these.

Shapes: V tokens of a sampled vocabulary, G of which are generated, O of which the true row is
known; X numbers of a row in all parts, P predictions, S source rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lingraft.errors import InputError
from lingraft.initialization.generation.batches import by_length, inputs_of
from lingraft.initialization.generation.frozen import FrozenModel
from lingraft.initialization.generation.lessons import Course, CourseLesson
from lingraft.initialization.generation.sampled_vocabulary import (
    SampledVocabulary,
    sample_vocabulary,
)
from lingraft.initialization.generation.windows import SpecialRows, windows_of
from lingraft.initialization.generator import TextLessons
from lingraft.initialization.networks.basis import BIAS, Basis
from lingraft.initialization.networks.reader import Lists, TokenReader
from lingraft.models.scoring.losses import WindowBatch
from lingraft.models.scoring.windows import LossWindow
from lingraft.numeric.arrays import Float64, Int64

_SPAN = 1000  # characters of a document that a lesson reads at once
_TOGETHER = 256  # lists of like lengths that the network reads at once


@dataclass(frozen=True, eq=False)
class Taught:
    """What all lessons on text have in common."""

    settings: TextLessons
    seed: int
    reader: TokenReader
    basis: Basis
    training_N: Int64
    """Source rows that may be taken for missing, and whose rows may be learned."""
    model: FrozenModel
    special: SpecialRows
    texts: Sequence[Sequence[str]]
    """Documents of each corpus."""


class TextCourse(Course):
    """A sampled vocabulary a lesson."""

    largest_gradient = 1.0

    def __init__(self, taught: Taught) -> None:
        """Teach by these texts."""
        self.taught = taught
        self.lessons = taught.settings.sampled_vocabularies

    def rate(self, lessons: float) -> float:
        """Falls to zero."""
        return self.taught.settings.learning_rate * (1.0 - lessons / self.lessons)

    def lesson(self, number: int) -> "TextLesson":
        """Sample text, a vocabulary, and which source tokens are taken for missing.

        Raises:
            InputError: there is not text enough.
        """
        taught, settings = self.taught, self.taught.settings
        draw = np.random.default_rng([taught.seed, number, 2])
        texts = spans(
            taught.texts[int(draw.integers(len(taught.texts)))], settings.characters, draw
        )
        vocabulary = sample_vocabulary(texts, settings.vocabulary_size, settings.noise, draw)
        count = round(settings.dropped * len(taught.training_N))
        missing_N = np.sort(draw.choice(taught.training_N, count, replace=False))
        return TextLesson(taught, vocabulary, missing_N, texts, draw)

    def exam(self, number: int, texts: Sequence[str]) -> "TextLesson":
        """Another text than those of the lessons, under a vocabulary of another training text; no
        source token is taken for missing.

        Args:
            number: of the corpus.
            texts: documents that nothing learned from.
        """
        taught, settings = self.taught, self.taught.settings
        draw = np.random.default_rng([taught.seed, number, 3])
        sample = spans(taught.texts[number], settings.characters, draw)
        vocabulary = sample_vocabulary(sample, settings.vocabulary_size, 0.0, draw)
        own = spans(texts, settings.characters, draw)
        return TextLesson(taught, vocabulary, np.empty(0, np.int64), own, draw)


class TextLesson(CourseLesson):
    """Windows of text in a sampled vocabulary, and what its rows are made of."""

    def __init__(
        self,
        taught: Taught,
        vocabulary: SampledVocabulary,
        missing_N: Int64,
        texts: Sequence[str],
        draw: np.random.Generator,
    ) -> None:
        """Describe the vocabulary's tokens, and cut the text.

        Args:
            taught: what all lessons have in common.
            vocabulary: pieces, of which those are left out that the source cannot write.
            missing_N: source rows of the tokens that are taken for missing.
            texts: what is predicted.
            draw: of the masks and of the order.

        Raises:
            InputError: there is not text enough.
        """
        self._taught = taught
        whole = taught.reader.of_texts(vocabulary.texts)
        vocabulary = vocabulary.without([not each for each in whole])
        whole = [each for each in whole if each]
        cut = whole
        if len(missing_N):
            found = taught.reader.of_texts_without(vocabulary.texts, missing_N)
            cut = [each or known for each, known in zip(found, whole, strict=True)]
        self._describe(whole, cut)
        pieces = len(vocabulary.pieces)
        self._padding = taught.special.order(pieces).index(taught.special.pad)
        windows = windows_of(
            vocabulary.cut(texts), taught.special, pieces, taught.settings.sequence_length,
            int(draw.integers(2**31)),
        )  # fmt: skip
        if not windows:
            raise InputError(
                "`language_model.corpora` have no text that the source model could predict; give "
                "corpora with training text"
            )
        self.windows: list[LossWindow] = [windows[i] for i in draw.permutation(len(windows))]
        size = taught.settings.windows
        self.steps = min(taught.settings.steps, -(-len(self.windows) // size))

    def _describe(self, whole: Lists, cut: Lists) -> None:
        """Which rows are copied, which are made, and of which of these the true one is known."""
        special, rows_SX = self._taught.special, torch.from_numpy(self._taught.basis.rows_SX)
        self._copied_VX = rows_SX[torch.from_numpy(special.rows([each[0] for each in cut]))]
        numbers_G = np.flatnonzero([len(each) > 1 for each in cut])
        self._places_G = torch.from_numpy(special.places(len(cut))[numbers_G])
        self._lists = [cut[number] for number in numbers_G]
        known = [place for place, n in enumerate(numbers_G.tolist()) if len(whole[n]) == 1]
        self._known_O = torch.tensor(known, dtype=torch.int64)
        true = [whole[int(numbers_G[place])][0] for place in known]
        self._true_OX = rows_SX[true]

    def made(self, network: nn.Module) -> Tensor:
        """The rows of the tokens that have several pieces (G, X)."""
        device = next(network.parameters()).device
        unit_X = torch.from_numpy(self._taught.basis.unit_X).to(device)
        groups = by_length(self._lists, _TOGETHER)
        parts = [
            network(*inputs_of([self._lists[place] for place in places], device))
            for places in groups
        ]
        if not parts:
            return unit_X.new_zeros(0, len(unit_X))
        back = torch.tensor(np.argsort(np.concatenate(groups)), device=device)
        return torch.cat(parts)[back] * unit_X

    def rows(self, made_GX: Tensor) -> Tensor:
        """The rows of the vocabulary (V, X): copied ones, and those that were made."""
        device = made_GX.device
        return self._copied_VX.to(device).index_copy(0, self._places_G.to(device), made_GX)

    def _losses(self, rows_VX: Tensor, windows: Sequence[LossWindow]) -> tuple[Tensor, WindowBatch]:
        batch = WindowBatch.of(windows, self._padding, rows_VX.device)
        parts = {name: rows_VX[:, part] for name, part in self._taught.basis.parts.items()}
        return self._taught.model.losses(parts, batch), batch

    def loss(self, network: nn.Module, step: int) -> Tensor:
        """Of the model in nats a prediction, plus the distance to known rows."""
        size, made_GX = self._taught.settings.windows, self.made(network)
        losses_P, _ = self._losses(self.rows(made_GX), self.windows[step * size :][:size])
        known_O, true_OX = self._known_O.to(made_GX.device), self._true_OX.to(made_GX.device)
        distance = distance_to_rows(made_GX[known_O], true_OX, self._taught.basis.parts)
        # Where no token has several pieces the network has no part in the loss.
        nothing = sum(parameter.sum() for parameter in network.parameters()) * 0.0
        return losses_P.mean() + self._taught.settings.auxiliary * distance + nothing

    @torch.no_grad()
    def measured(self, network: nn.Module, most: int) -> Float64:
        """The model's mean loss on each of the first windows (W,), in nats a prediction."""
        network.eval()
        rows_VX, means = self.rows(self.made(network)), []
        for first in range(0, min(most, len(self.windows)), self._taught.settings.windows):
            shown = self.windows[first : min(first + self._taught.settings.windows, most)]
            losses_P, batch = self._losses(rows_VX, shown)
            sums_W = torch.zeros(len(shown), dtype=torch.float64, device=losses_P.device)
            sums_W.index_add_(0, batch.windows_P, losses_P.double())
            means.append(sums_W.cpu().numpy() / [window.predictions for window in shown])
        return np.concatenate(means)


def distance_to_rows(made_OX: Tensor, true_OX: Tensor, parts: Mapping[str, slice]) -> Tensor:
    """The mean squared distance over the mean norm of the true rows, as in ZeTT's code; the mean
    over the matrices. Zero where there are no rows.

    Args:
        made_OX: generated rows.
        true_OX: the source's rows of the same tokens.
        parts: where the parts of a row stand; a bias does not count.
    """
    if not len(made_OX):
        return made_OX.new_zeros(())
    found = [
        (made_OX[:, part] - true_OX[:, part]).square().sum(dim=1).mean()
        / true_OX[:, part].norm(dim=1).mean()
        for name, part in parts.items()
        if name != BIAS
    ]
    return torch.stack(found).mean()


def spans(texts: Sequence[str], characters: int, draw: np.random.Generator) -> list[str]:
    """Parts of documents in random order, so many characters of them or all there are."""
    found: list[str] = []
    left = characters
    for number in draw.permutation(len(texts)).tolist():
        text: Any = texts[number]
        first = int(draw.integers(max(0, len(text) - _SPAN) + 1))
        found.append(text[first : first + min(_SPAN, left)])
        left -= len(found[-1])
        if left <= 0:
            break
    return found
