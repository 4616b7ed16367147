"""HyperOFA's loss, by hand and against a second way to write it."""

import math

import numpy as np
import pytest
import torch

from lingraft.initialization.generation.loss import contrastive_loss, row_loss


def test_two_rows_by_hand() -> None:
    wanted = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    predicted = torch.tensor([[2.0, 0.0], [1.0, 1.0]])
    # L1: (1 + 0 + 1 + 1) / 4 over (1 + 0 + 0 + 2) / 4.
    absolute = 1.0
    # Cosines: the first is (1, 0) to the two rows, the second (r, r) with r = sqrt(1/2).
    first = -math.log(math.exp(4.0) / (math.exp(4.0) + 1.0))
    second = -math.log(0.5)
    contrastive = (first + second) / 2
    assert contrastive_loss(predicted, wanted, 0.25).item() == pytest.approx(contrastive)
    loss = row_loss(predicted, wanted, {"embeddings": slice(0, 2)}, 0.1, 0.25)
    assert loss.item() == pytest.approx(0.1 * contrastive + 0.9 * absolute)


def test_parts_count_alike_and_a_bias_has_no_direction() -> None:
    draw = torch.Generator().manual_seed(0)
    predicted, wanted = (torch.randn(6, 8, generator=draw) for _ in range(2))
    parts = {"embeddings": slice(0, 4), "output": slice(4, 7), "bias": slice(7, 8)}
    single = [
        row_loss(predicted[:, part], wanted[:, part], {"embeddings": slice(None)}, 0.3, 0.5)
        for part in list(parts.values())[:2]
    ]
    bias = (predicted[:, 7] - wanted[:, 7]).abs().mean() / wanted[:, 7].abs().mean()
    expected = (sum(single) + bias) / 3
    assert row_loss(predicted, wanted, parts, 0.3, 0.5).item() == pytest.approx(expected.item())


def test_only_the_direction_and_the_relative_size_count() -> None:
    """Networks make multiples of a part's unit: the loss is the same in any unit."""
    draw = np.random.default_rng(1)
    predicted, wanted = (torch.from_numpy(draw.normal(size=(5, 3))) for _ in range(2))
    parts = {"embeddings": slice(0, 3)}
    losses = [row_loss(k * predicted, k * wanted, parts, 0.1, 0.25).item() for k in (1.0, 1e-3)]
    assert losses[0] == pytest.approx(losses[1])
    assert row_loss(wanted, wanted, parts, 0.0, 0.25).item() == 0.0
