"""Paragraph vectors: a document as what predicts its words, in real numbers, in bits, or in both.

PV-DBOW (Le and Mikolov 2014) learns a vector for each document and an output vector for each word,
so that p(word | document) = softmax(output @ vector + bias). The binary model (Grzegorczyk and
Kurdziel 2017) has a sigmoid between them, which is rounded to 0 or 1 in the forward pass while the
gradient passes through the rounding unchanged. The third model learns both at once: the bits are
the rounded sigmoid of a linear map of the real vector, and both predict the words.

All words of a document share one context. So the loss of a document is that of a softmax
regression on the counts of its words: the softmax is exact, and an update is a few matrix products.

N documents, W words, E dimensions, B bits, V values that predict words (E or B).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import sparse
from torch.nn.functional import embedding, log_softmax

from lingraft.numeric.arrays import AnyInts, Float32

_INFERRED = 1024  # documents whose vectors are inferred at a time


@dataclass(frozen=True)
class ParagraphRecipe:
    """What a model of documents has, and how it is trained.

    dimension: of the real vector; 0 for a model that has bits alone.
    bits: of the code, a multiple of 8; 0 for a model without one.
    prior: inverse variance of a document's vector, whose mean is zero: short documents stay nearer.
    epochs, batch, rate: passes, documents of an update, and Adam's learning rate.
    inference: updates that find the vector of a new document.
    """

    dimension: int = 100
    bits: int = 32
    prior: float = 1.0
    epochs: int = 15
    batch: int = 128
    rate: float = 0.005
    inference: int = 30
    seed: int = 0


@dataclass(frozen=True)
class DocumentCodes:
    """Real vectors (N, E) and packed bits (N, B / 8); either may have no columns."""

    vectors_NE: Float32
    codes_NB: AnyInts


def straight_through(logits_NB: torch.Tensor) -> torch.Tensor:
    """The sigmoid, rounded; the gradient is that of the sigmoid."""
    soft_NB = torch.sigmoid(logits_NB)
    return soft_NB + (torch.round(soft_NB) - soft_NB).detach()


class ParagraphVectors:
    """A model of documents: output weights of words, and the map from a vector to bits."""

    def __init__(self, recipe: ParagraphRecipe, frequencies_W: Float32) -> None:
        """Prepare the weights.

        Args:
            recipe: the model's sizes.
            frequencies_W: how often each word is in the text, positive; its logarithm is the bias
                at the start, so that vectors say how a document differs from the average.
        """
        self.recipe = recipe
        self._generator = torch.Generator().manual_seed(recipe.seed)
        words, wide, bits = len(frequencies_W), recipe.dimension, recipe.bits
        shares_W = torch.from_numpy(np.log(frequencies_W / frequencies_W.sum(dtype=np.float64)))
        self.bias_W = shares_W.float().requires_grad_()
        self.outputs = [self._drawn(size, words) for size in (wide, bits) if size]
        self.projection = self._drawn(wide, bits, scale=wide**-0.5) if wide and bits else None

    @property
    def width(self) -> int:
        """Numbers that describe a document while its vector is learned."""
        return self.recipe.dimension or self.recipe.bits

    def fit(self, counts_NW: sparse.csr_matrix) -> None:
        """Learn the words' weights, with a vector of each document beside them.

        Args:
            counts_NW: how often each document has each word.
        """
        recipe = self.recipe
        documents_NE = self._drawn(counts_NW.shape[0], self.width, scale=0.1)
        shared = [self.bias_W, *self.outputs]
        shared += [] if self.projection is None else [self.projection]
        words = torch.optim.Adam(shared, lr=recipe.rate)
        documents = torch.optim.SparseAdam([documents_NE], lr=5 * recipe.rate)
        for _ in range(recipe.epochs):
            order_N = torch.randperm(counts_NW.shape[0], generator=self._generator)
            for batch in torch.split(order_N, recipe.batch):
                words.zero_grad()
                documents.zero_grad()
                chosen = embedding(batch, documents_NE, sparse=True)
                self.loss(chosen, _dense(counts_NW[batch.numpy()])).backward()  # type: ignore[no-untyped-call]
                words.step()
                documents.step()  # type: ignore[no-untyped-call]

    def encode(self, counts_NW: sparse.csr_matrix) -> DocumentCodes:
        """Vectors and codes of documents, new ones too; the words' weights do not change.

        A document's result does not depend on the documents beside it.
        """
        found = [
            self._infer(_dense(counts_NW[start : start + _INFERRED]))
            for start in range(0, counts_NW.shape[0], _INFERRED)
        ] or [torch.zeros(0, self.width)]
        vectors_NE = torch.cat(found)
        real = vectors_NE if self.recipe.dimension else vectors_NE[:, :0]
        bits_NB = (self._logits(vectors_NE) > 0).detach().numpy()
        return DocumentCodes(real.numpy(), np.packbits(bits_NB, axis=1))

    def loss(self, documents_NE: torch.Tensor, counts_NW: torch.Tensor) -> torch.Tensor:
        """Negative log-posterior of a word, the mean over documents; summed over the two models."""
        sizes_N = counts_NW.sum(dim=1).clamp(min=1)
        losses = [
            -((log_softmax(given @ output + self.bias_W, dim=1) * counts_NW).sum(dim=1) / sizes_N)
            for given, output in zip(self._predictors(documents_NE), self.outputs, strict=True)
        ]
        prior_N = documents_NE.square().sum(dim=1) * (self.recipe.prior / 2) / sizes_N
        return (torch.stack(losses).sum(dim=0) + prior_N).mean()

    def _predictors(self, documents_NE: torch.Tensor) -> Iterator[torch.Tensor]:
        if self.recipe.dimension:
            yield documents_NE
        if self.recipe.bits:
            yield straight_through(self._logits(documents_NE))

    def _logits(self, documents_NE: torch.Tensor) -> torch.Tensor:
        """What the sigmoid gets; no columns for a model without bits."""
        if not self.recipe.bits:
            return documents_NE[:, :0]
        return documents_NE if self.projection is None else documents_NE @ self.projection

    def _infer(self, counts_NW: torch.Tensor) -> torch.Tensor:
        vectors_NE = torch.zeros(len(counts_NW), self.width, requires_grad=True)
        optimizer = torch.optim.Adam([vectors_NE], lr=5 * self.recipe.rate)
        for _ in range(self.recipe.inference):
            (vectors_NE.grad,) = torch.autograd.grad(
                len(counts_NW) * self.loss(vectors_NE, counts_NW), [vectors_NE]
            )
            optimizer.step()
        return vectors_NE.detach()

    def _drawn(self, *shape: int, scale: float = 0.01) -> torch.Tensor:
        drawn = torch.randn(*shape, generator=self._generator)
        return (scale * drawn).requires_grad_()


def _dense(counts_NW: Any) -> torch.Tensor:
    return torch.from_numpy(counts_NW.toarray().astype(np.float32))
