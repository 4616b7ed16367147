"""The chunked cross-entropy is the plain one, values and gradients."""

from typing import Any

import pytest
import torch
from torch.nn import functional

from lingraft.models import cross_entropy
from lingraft.models.cross_entropy import linear_cross_entropy


@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize("predictions", [1, 7, 64])
def test_equals_plain_cross_entropy(
    monkeypatch: pytest.MonkeyPatch, with_bias: bool, predictions: int
) -> None:
    monkeypatch.setattr(cross_entropy, "_CHUNK_LOGITS", 5 * 50)  # five rows at a time
    torch.manual_seed(0)
    hidden = torch.randn(predictions, 16, requires_grad=True)
    weight = torch.randn(50, 16, requires_grad=True)
    bias = torch.randn(50, requires_grad=True) if with_bias else None
    targets = torch.randint(0, 50, (predictions,))
    inputs = [tensor for tensor in (hidden, weight, bias) if tensor is not None]

    ours = linear_cross_entropy(hidden, weight, bias, targets)
    our_gradients = torch.autograd.grad(3.0 * ours, inputs)
    logits = functional.linear(hidden, weight, bias)
    plain = functional.cross_entropy(logits, targets, reduction="sum")
    plain_gradients = torch.autograd.grad(3.0 * plain, inputs)

    torch.testing.assert_close(ours, plain)
    for mine, reference in zip(our_gradients, plain_gradients, strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-4, atol=1e-5)


def test_bent_logits_equal_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cross_entropy, "_CHUNK_LOGITS", 5 * 50)
    torch.manual_seed(0)
    hidden = torch.randn(7, 16, requires_grad=True)
    weight = torch.randn(50, 16, requires_grad=True)
    targets = torch.randint(0, 50, (7,))
    ours = linear_cross_entropy(hidden, weight, None, targets, 3.0)
    bent = 3.0 * torch.tanh(hidden @ weight.T / 3.0)
    plain = functional.cross_entropy(bent, targets, reduction="sum")
    torch.testing.assert_close(ours, plain)
    mine = torch.autograd.grad(ours, (hidden, weight))
    reference = torch.autograd.grad(plain, (hidden, weight))
    torch.testing.assert_close(mine, reference, rtol=1e-4, atol=1e-5)
    with torch.no_grad():
        again = linear_cross_entropy(hidden, weight, None, targets, 3.0)
    torch.testing.assert_close(again, plain)


@pytest.mark.parametrize("with_bias", [True, False])
def test_autocast_decides_the_type_once(with_bias: bool) -> None:
    """Losses and gradients are those of inputs that were rounded before; the latter are fp32."""
    torch.manual_seed(0)
    shapes = [(7, 16), (50, 16), (50,)][: 3 if with_bias else 2]
    inputs = [torch.randn(shape, requires_grad=True) for shape in shapes]
    targets = torch.randint(0, 50, (7,))

    def loss(hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> Any:
        return linear_cross_entropy(hidden, weight, bias, targets)

    expected = loss(*(tensor.bfloat16() for tensor in inputs))
    with torch.autocast("cpu", torch.bfloat16):
        found = loss(*inputs)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    assert found.dtype == torch.float32
    gradients = zip(
        torch.autograd.grad(found, inputs), torch.autograd.grad(expected, inputs), strict=True
    )
    for mine, reference in gradients:
        assert mine.dtype == torch.float32
        torch.testing.assert_close(mine, reference, rtol=0, atol=0)


def test_frozen_weight_gets_no_gradient() -> None:
    hidden = torch.randn(3, 4, requires_grad=True)
    weight = torch.randn(9, 4)
    linear_cross_entropy(hidden, weight, None, torch.tensor([0, 8, 3])).backward()
    assert weight.grad is None
    assert hidden.grad is not None


def test_no_predictions_cost_nothing() -> None:
    hidden = torch.randn(0, 4, requires_grad=True)
    weight = torch.randn(9, 4, requires_grad=True)
    loss = linear_cross_entropy(hidden, weight, None, torch.empty(0, dtype=torch.long))
    loss.backward()
    assert loss.item() == 0.0
    assert torch.equal(weight.grad, torch.zeros_like(weight))


def test_evaluation_holds_no_gradients() -> None:
    weight = torch.randn(9, 4, requires_grad=True)
    with torch.no_grad():
        loss = linear_cross_entropy(
            torch.randn(5, 4), weight, None, torch.zeros(5, dtype=torch.long)
        )
    assert not loss.requires_grad
