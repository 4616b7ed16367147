"""Disambiguated skip-gram: several vectors a word, of which the context chooses.

Grzegorczyk and Kurdziel (2018), *Disambiguated skip-gram model*. The mean output vector c of the
window gives each sense of the word in its middle a logit, `c W_w + b_w`; the senses, weighted by
the relaxed one-hot vector p that is drawn from these logits, predict the words of the window. First
all words share W and b, without a draw, and a reward for entropy keeps all senses in use; then each
word goes on with its own W and b. Deviations: AdaGrad, not SGD with momentum; negative sampling.

Shapes: N, T, K as in `sampling`; W words, S senses, E dimensions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from lingraft.numeric.arrays import Float32
from lingraft.vectors.learning.descent import AdagradTable, uniform
from lingraft.vectors.learning.sampling import Sampling, Stretch, stretches, train_epochs
from lingraft.vectors.learning.text import EncodedText

_FIRST_TEMPERATURE, _TEMPERATURE = 1.0, 0.5  # of the draw: in the first epoch, later


@dataclass(frozen=True)
class SenseVectors:
    """The senses of words.

    Args:
        vectors_WSE: one vector a sense.
        priors_WS: how probable each is; they sum to one, and pruned senses have 0.
    """

    vectors_WSE: Float32
    priors_WS: Float32

    def collapsed(self, how: str) -> Float32:
        """One vector a word (W, E).

        Args:
            how: `prior-mean` of the senses, or the one that is `most-frequent`.
        """
        weights_WS = self.priors_WS
        if how == "most-frequent":
            best_W = self.priors_WS.argmax(axis=1)
            weights_WS = np.eye(self.priors_WS.shape[1], dtype=np.float32)[best_W]
        found_WE: Float32 = np.einsum("ws,wse->we", weights_WS, self.vectors_WSE)
        return found_WE


class DisambiguatedSkipGram:
    """The model; it begins in the stage in which all words share one disambiguation."""

    def __init__(self, words: int, dimension: int, senses: int, entropy_weight: float, seed: int):
        """Start at random.

        Args:
            words: W.
            dimension: E.
            senses: S.
            entropy_weight: of the reward for entropy, for each predicted word.
            seed: of the start and of the draws.
        """
        self.generator = torch.Generator().manual_seed(seed)
        self.shape = (senses, dimension)
        self.entropy_weight = entropy_weight
        # One row more for padding, which no step changes.
        start_RE = uniform(words * senses + words + 1, dimension, self.generator)
        self.senses = AdagradTable(start_RE[: words * senses].reshape(words, -1))
        self.output = AdagradTable(start_RE[words * senses :].clone())
        self.weights = AdagradTable(uniform(1, senses * dimension, self.generator))
        self.biases = AdagradTable(torch.zeros(1, senses))
        self.temperature: float | None = None

    def separate(self) -> None:
        """Begin the stage in which each word has its own disambiguation."""
        words = len(self.senses.values_RE)
        self.weights = AdagradTable(self.weights.values_RE.repeat(words, 1))
        self.biases = AdagradTable(self.biases.values_RE.repeat(words, 1))
        self.temperature = _FIRST_TEMPERATURE

    def loss(self, stretch: Stretch, sampling: Sampling) -> Tensor:
        """As `sampling.ContextModel`."""
        output_NE = self.output.rows(stretch.ids_N)
        weights_TSE, biases_TS = self._disambiguation(stretch)
        logits_TS = _logits(_context(output_NE, stretch), weights_TSE, biases_TS)
        share_TS = self._drawn(logits_TS)
        senses_TSE = self.senses.rows(stretch.target_ids_T).view(-1, *self.shape)
        center_TE = torch.einsum("ts,tse->te", share_TS, senses_TSE)
        negative_TK = center_TE @ self.output.rows(stretch.negatives_K).T
        loss = _prediction_loss(center_TE, output_NE, negative_TK, stretch, sampling.negatives)
        if self.temperature is not None:
            return loss
        entropy_T = torch.special.entr(share_TS).sum(dim=1)
        reward: Tensor = (entropy_T * stretch.context_sizes_T()).sum()
        return loss - self.entropy_weight * reward

    def step(self, rate: float) -> None:
        """As `sampling.ContextModel`."""
        for table in (self.senses, self.output, self.weights, self.biases):
            table.step(rate)

    def probabilities_TS(self, stretch: Stretch) -> Tensor:
        """How probable each sense of the targets is in its context, once words are separate."""
        ids_T = stretch.target_ids_T
        weights_TSE = self.weights.values_RE[ids_T].view(-1, *self.shape)
        context_TE = _context(self.output.values_RE[stretch.ids_N], stretch)
        return _logits(context_TE, weights_TSE, self.biases.values_RE[ids_T]).softmax(dim=1)

    def found(self, text: EncodedText, sampling: Sampling, smallest_prior: float) -> SenseVectors:
        """The senses with their mean probability in a text.

        Args:
            text: what the model was trained on.
            sampling: the settings.
            smallest_prior: senses below it are pruned; the most probable one of a word never is.
        """
        # A word that never has context keeps what its bias says.
        total_WS = self.biases.values_RE.softmax(dim=1) * 1e-6
        whole = replace(sampling, sampling_threshold=1.0)
        for stretch in stretches(text, whole, np.random.default_rng(sampling.seed)):
            total_WS.index_add_(0, stretch.target_ids_T, self.probabilities_TS(stretch))
        priors_WS = total_WS / total_WS.sum(dim=1, keepdim=True)
        largest_W1 = priors_WS.max(dim=1, keepdim=True).values
        priors_WS[(priors_WS < smallest_prior) & (priors_WS < largest_W1)] = 0.0
        priors_WS /= priors_WS.sum(dim=1, keepdim=True)
        vectors_WSE = self.senses.values_RE.view(-1, *self.shape).numpy().copy()
        return SenseVectors(vectors_WSE, priors_WS.numpy())

    def _disambiguation(self, stretch: Stretch) -> tuple[Tensor, Tensor]:
        """Weights (T or 1, S, E) and biases (T or 1, S) of the targets."""
        if self.temperature is None:
            return self.weights.all().view(-1, *self.shape), self.biases.all()
        ids_T = stretch.target_ids_T
        return self.weights.rows(ids_T).view(-1, *self.shape), self.biases.rows(ids_T)

    def _drawn(self, logits_TS: Tensor) -> Tensor:
        """Shares of the senses (T, S): probabilities first, later relaxed one-hot draws."""
        if self.temperature is None:
            return logits_TS.softmax(dim=1)
        waiting_TS = torch.empty_like(logits_TS).exponential_(generator=self.generator)
        return ((logits_TS - waiting_TS.log()) / self.temperature).softmax(dim=1)


def train_senses(
    text: EncodedText, model: DisambiguatedSkipGram, sampling: Sampling, shared_epochs: int
) -> Iterator[float]:
    """Train a model in both stages; ask for an item, and one epoch of the second is trained.

    Args:
        text: what it is trained on.
        model: at its start.
        sampling: the settings, with the epochs of the second stage.
        shared_epochs: those of the first.

    Yields:
        The mean loss of the epoch's targets.

    Raises:
        ConfigError: the training diverged.
    """
    for _ in train_epochs(text, model, replace(sampling, epochs=shared_epochs)):
        pass
    model.separate()
    for loss in train_epochs(text, model, sampling):
        yield loss
        model.temperature = _TEMPERATURE


def _context(output_NE: Tensor, stretch: Stretch) -> Tensor:
    """Mean output vectors (T, E) of the windows."""
    known_NE = output_NE * stretch.is_word_N[:, None]
    total_ME = torch.stack([stretch.shifted(known_NE, o) for o in stretch.offsets()]).sum(dim=0)
    return total_ME[stretch.targets_T] / stretch.context_sizes_T()[:, None]


def _logits(context_TE: Tensor, weights_TSE: Tensor, biases_TS: Tensor) -> Tensor:
    """Scores (T, S) of the senses; weights and biases may be one row that all share."""
    return (context_TE[:, None] * weights_TSE).sum(dim=2) + biases_TS


def _prediction_loss(
    center_TE: Tensor, output_NE: Tensor, negative_TK: Tensor, stretch: Stretch, negatives: int
) -> Tensor:
    """As `sampled_loss`, of each word of the window; a sample that is this word does not count."""
    positive = center_TE.new_zeros(())
    counts_TK = stretch.context_sizes_T()[:, None].repeat(1, len(stretch.negatives_K))
    for offset in stretch.offsets():
        is_word_T = stretch.shifted(stretch.is_word_N, offset)[stretch.targets_T]
        ids_T = stretch.shifted(stretch.ids_N, offset)[stretch.targets_T]
        score_T = (center_TE * stretch.shifted(output_NE, offset)[stretch.targets_T]).sum(dim=1)
        positive = positive + (softplus(-score_T) * is_word_T).sum()
        counts_TK -= (ids_T[:, None] == stretch.negatives_K).float()
    weight = negatives / len(stretch.negatives_K)
    return positive + weight * (softplus(negative_TK) * counts_TK).sum()
