"""GloVe over token ids: vectors whose products are the logarithms of how often tokens meet.

Pennington, Socher and Manning (2014). The counts are a sparse matrix built one distance at a time;
training takes batches of counts in a fixed random order, with AdaGrad, and is deterministic.

Shapes: V vocabulary, F frequent tokens, N tokens of the text, P counted pairs, B pairs of a batch,
E dimensions.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from tqdm import tqdm

from lingraft.errors import ConfigError
from lingraft.numeric.arrays import Float64, Int64
from lingraft.vectors.learning.meetings import cooccurrences

_BATCH = 16_384
_EXPONENT = 0.75


@dataclass(frozen=True)
class Glove:
    """Settings of the counts and the training."""

    dimension: int
    window: int
    iterations: int
    weight_ceiling: float
    learning_rate: float
    minimum_count: int


def token_vectors(
    documents: Iterable[Sequence[int] | Int64], tokens: Sequence[str], settings: Glove, seed: int
) -> Float64:
    """GloVe vectors (V, E) of the tokens of documents; zeros for tokens that are too rare.

    Args:
        documents: ids of the tokens of each text.
        tokens: token strings by id.

    Raises:
        ConfigError: the training diverged.
    """
    vectors_VE = np.zeros((len(tokens), settings.dimension))
    for vectors_VE in glove_iterations(documents, tokens, settings, seed):  # noqa: B007
        pass
    return vectors_VE


def glove_iterations(
    documents: Iterable[Sequence[int] | Int64], tokens: Sequence[str], settings: Glove, seed: int
) -> Iterator[Float64]:
    """The vectors (V, E) after each pass over the counts; zeros for tokens that are too rare.

    Training sees frequent tokens alone, in the order of their strings: neither another order of the
    vocabulary nor a token that does not occur changes a vector.

    Args:
        documents: ids of the tokens of each text.
        tokens: token strings by id.

    Raises:
        ConfigError: the training diverged.
    """
    counts_VV, frequency_V = cooccurrences(documents, len(tokens), settings.window)
    frequent = np.flatnonzero(frequency_V >= settings.minimum_count)
    frequent_F = np.array(sorted(frequent, key=lambda index: tokens[int(index)]), np.int64)
    counts_FF = csr_array(counts_VV[frequent_F][:, frequent_F])
    for vectors_FE in _train(counts_FF, settings, seed):
        if not np.isfinite(vectors_FE).all():
            raise ConfigError(f"GloVe diverged at learning_rate {settings.learning_rate}; lower it")
        vectors_VE = np.zeros((len(tokens), settings.dimension))
        vectors_VE[frequent_F] = vectors_FE
        yield vectors_VE


def _train(counts_FF: csr_array, settings: Glove, seed: int) -> Iterator[Float64]:
    """Word plus context vectors (F, E) after each pass of AdaGrad over the counted pairs."""
    # The order of the pairs decides what is in a batch, so it must be the same every time.
    counts_FF.sort_indices()
    pairs = counts_FF.tocoo()
    rows_P = torch.from_numpy(pairs.row.astype(np.int64))
    columns_P = torch.from_numpy(pairs.col.astype(np.int64))
    counts_P = torch.from_numpy(pairs.data.astype(np.float32))
    generator = torch.Generator().manual_seed(seed)
    size, width = counts_FF.shape[0], settings.dimension + 1  # the last column is the bias
    # Start values are those of glove.c: uniform, divided by the width; sums of squares begin at 1.
    tables = [(torch.rand(size, width, generator=generator) - 0.5) / width for _ in range(2)]
    squares = [torch.ones(size, width) for _ in range(2)]
    weights_P = (counts_P / settings.weight_ceiling).clamp(max=1.0) ** _EXPONENT
    logs_P = counts_P.log()
    progress = tqdm(range(settings.iterations), "GloVe", disable=None)
    for _ in progress:
        order_P = torch.randperm(len(rows_P), generator=generator)
        for batch_B in torch.split(order_P, _BATCH):
            ids = rows_P[batch_B], columns_P[batch_B]
            _step(tables, squares, ids, logs_P[batch_B], weights_P[batch_B], settings.learning_rate)
        yield (tables[0] + tables[1])[:, :-1].double().numpy()


def _step(
    tables: list[Tensor],
    squares: list[Tensor],
    ids: tuple[Tensor, Tensor],
    logs_B: Tensor,
    weights_B: Tensor,
    rate: float,
) -> None:
    gradients = glove_gradients(tables[0][ids[0]], tables[1][ids[1]], logs_B, weights_B)
    for table, square, own, gradient_BE in zip(tables, squares, ids, gradients, strict=True):
        # Squares first: a token that is frequent within the batch then takes bounded steps.
        square.index_add_(0, own, gradient_BE**2)
        # index_add_ adds all rows of a token that a batch has several times; `table[own] += ...`
        # would keep only the last.
        table.index_add_(0, own, -rate * gradient_BE / square[own].sqrt())


def glove_gradients(
    word_BE: Tensor, context_BE: Tensor, logs_B: Tensor, weights_B: Tensor
) -> tuple[Tensor, Tensor]:
    """Gradients of the cost `1/2 sum f(X) (w c + b_w + b_c - log X)^2` (equation 8; glove.c halves
    it) by words and contexts, each with its bias in the last column.

    Args:
        word_BE: words of pairs with their biases.
        context_BE: contexts of pairs with their biases.
        logs_B: log X.
        weights_B: f(X).
    """
    products_B = (word_BE[:, :-1] * context_BE[:, :-1]).sum(dim=1)
    errors_B = products_B + word_BE[:, -1] + context_BE[:, -1] - logs_B
    slopes_B1 = (weights_B * errors_B)[:, None]
    gradients = slopes_B1 * context_BE, slopes_B1 * word_BE
    for gradient_BE in gradients:
        # The bias is multiplied by 1, so its gradient is the slope alone.
        gradient_BE[:, -1] = slopes_B1[:, 0]
    return gradients
