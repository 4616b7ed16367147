"""Models that predict a word from its window: continuous bags of words, and ordered windows.

Shapes: N, M, T, K as in `sampling`; P positions of the window, E dimensions, X = P * E.
"""

import torch
from torch import Tensor

from lingraft.numeric.arrays import Float32
from lingraft.vectors.learning.composition import Composition
from lingraft.vectors.learning.descent import AdagradTable, uniform
from lingraft.vectors.learning.sampling import Sampling, Stretch, sampled_loss
from lingraft.vectors.parts import PartsModel


class BagOfWords:
    """The mean of the window's words predicts the target; with positions, their weighted sum.

    Positions are vectors by which the words are multiplied (Mikolov et al., 2018, *Advances in
    Pre-Training Distributed Word Representations*, section 2.2): `v = sum_p d_p * u_(t+p)`.
    """

    def __init__(self, composition: Composition, window: int, *, positions: bool) -> None:
        """Start with outputs of zero, and with positions of equal weight.

        Args:
            composition: the input vectors of the words.
            window: words on each side.
            positions: whether their order counts.
        """
        self.composition = composition
        words = len(composition.table.values_RE) - len(composition.parts) - 1
        dimension = composition.table.values_RE.shape[1]
        self.output = AdagradTable(torch.zeros(words, dimension))
        equal_PE = torch.full((2 * window, dimension), 1 / (2 * window))
        self.positions = AdagradTable(equal_PE) if positions else None

    def context_TE(self, stretch: Stretch) -> Tensor:
        """What the windows of the targets say."""
        input_NE = self.composition.rows(stretch.ids_N) * stretch.is_word_N[:, None]
        parts = [stretch.shifted(input_NE, offset) for offset in stretch.offsets()]
        if self.positions is not None:
            weights_PE = self.positions.all()
            parts = [part * weight_E for part, weight_E in zip(parts, weights_PE, strict=True)]
        total_TE = torch.stack(parts).sum(dim=0)[stretch.targets_T]
        return total_TE if self.positions else total_TE / stretch.context_sizes_T()[:, None]

    def loss(self, stretch: Stretch, sampling: Sampling) -> Tensor:
        """As `sampling.ContextModel`."""
        context_TE = self.context_TE(stretch)
        positive_T = (context_TE * self.output.rows(stretch.target_ids_T)).sum(dim=1)
        negative_TK = context_TE @ self.output.rows(stretch.negatives_K).T
        return sampled_loss(positive_T, negative_TK, stretch, sampling.negatives)

    def step(self, rate: float) -> None:
        """As `sampling.ContextModel`."""
        self.composition.table.step(rate)
        self.output.step(rate)
        if self.positions is not None:
            self.positions.step(rate)

    def vectors(self) -> Float32:
        """The input vectors of the words."""
        return self.composition.vectors()

    def subwords(self) -> PartsModel | None:
        """What gives other texts a vector."""
        return self.composition.model()


class OrderedWindow:
    """The window's vectors, one beside the other, predict the target with its long vector.

    Log-bilinear: `x = sum_p u_(t+p) o_(w,p)` (*Order* of Lai, Liu, He and Zhao, 2016). What is
    beyond a line has a vector, too.
    """

    def __init__(self, words: int, dimension: int, window: int, generator: torch.Generator) -> None:
        """Start with outputs of zero.

        Args:
            words: their number; the row after the last one is that of padding.
            dimension: E of an input; outputs are as long as the whole window.
            window: words on each side.
            generator: of the start.
        """
        self.input = AdagradTable(uniform(words + 1, dimension, generator))
        self.output = AdagradTable(torch.zeros(words, 2 * window * dimension))

    def loss(self, stretch: Stretch, sampling: Sampling) -> Tensor:
        """As `sampling.ContextModel`."""
        input_NE = self.input.rows(stretch.ids_N)
        parts = [stretch.shifted(input_NE, offset) for offset in stretch.offsets()]
        context_TX = torch.cat(parts, dim=1)[stretch.targets_T]
        positive_T = (context_TX * self.output.rows(stretch.target_ids_T)).sum(dim=1)
        negative_TK = context_TX @ self.output.rows(stretch.negatives_K).T
        return sampled_loss(positive_T, negative_TK, stretch, sampling.negatives)

    def step(self, rate: float) -> None:
        """As `sampling.ContextModel`."""
        self.input.step(rate)
        self.output.step(rate)

    def vectors(self) -> Float32:
        """The input vectors of the words."""
        found_WE: Float32 = self.input.values_RE[:-1].numpy()
        return found_WE

    def subwords(self) -> None:
        """Other texts have no vector."""
