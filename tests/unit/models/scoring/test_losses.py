"""The losses of windows do not depend on what else is in their batch, or who computes them."""

from typing import Any

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from lingraft.models.scoring.losses import window_losses
from lingraft.models.scoring.windows import LossWindow, masked_windows

DRAW: dict[str, Any] = {"mask_probability": 0.5, "seed": 0, "mask_id": 4, "vocabulary": 65}
WINDOWS = [
    window
    for n, length in enumerate((1, 5, 20, 3, 9))
    for window in masked_windows(
        n, [([2, *range(5, 5 + length), 3], [1] + [0] * length + [1])], str(n), **DRAW
    )
]


@pytest.fixture(scope="module")
def model() -> BertForMaskedLM:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=65, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=32,
    )  # fmt: skip
    return BertForMaskedLM(config).eval()


def alone(model: BertForMaskedLM, window: LossWindow) -> float:
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([window.inputs])).logits[0]
    labels = torch.tensor(window.labels)
    return float(torch.nn.functional.cross_entropy(logits, labels, reduction="sum"))


@pytest.mark.parametrize("budget", [1, 64, 10_000])
def test_batches_do_not_change_the_losses(model: BertForMaskedLM, budget: int) -> None:
    losses_W = window_losses(model, WINDOWS, 0, budget=budget)
    np.testing.assert_allclose(losses_W, [alone(model, window) for window in WINDOWS], atol=1e-4)


@pytest.mark.parametrize("processes", [2, 3, 9])
def test_the_shares_of_processes_add_up_exactly(model: BertForMaskedLM, processes: int) -> None:
    whole_W = window_losses(model, WINDOWS, 0, budget=20)
    shares = [
        window_losses(model, WINDOWS, 0, budget=20, share=(process, processes))
        for process in range(processes)
    ]
    np.testing.assert_array_equal(np.sum(shares, axis=0), whole_W)
    assert ((np.array(shares) > 0).sum(axis=0) == 1).all()
