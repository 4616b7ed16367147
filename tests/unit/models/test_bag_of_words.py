"""The loss on bags of words is the plain one, values and gradients."""

import pytest
import torch
from torch.nn import functional

from lingraft.models import bag_of_words
from lingraft.models.bag_of_words import bag_of_words_loss, bags_of_words


@pytest.mark.parametrize("with_bias", [True, False])
def test_equals_the_loss_of_all_logits(monkeypatch: pytest.MonkeyPatch, with_bias: bool) -> None:
    monkeypatch.setattr(bag_of_words, "_CHUNK_LOGITS", 6 * 7)  # seven entries at a time
    torch.manual_seed(0)
    hidden = torch.randn(3, 6, 16, requires_grad=True)
    weight = torch.randn(50, 16, requires_grad=True)
    bias = torch.randn(50, requires_grad=True) if with_bias else None
    pooled = torch.tensor([[True] * 6, [True] * 2 + [False] * 4, [True] * 5 + [False]])
    bags = functional.normalize(torch.rand(3, 50) * (torch.rand(3, 50) > 0.8), p=1.0, dim=1)
    inputs = [tensor for tensor in (hidden, weight, bias) if tensor is not None]

    ours = bag_of_words_loss(hidden, weight, bias, pooled, bags)
    our_gradients = torch.autograd.grad(3.0 * ours, inputs)
    logits = functional.linear(hidden, weight, bias).masked_fill(~pooled[..., None], -1e9)
    plain = functional.cross_entropy(logits.amax(1), bags, reduction="sum")
    plain_gradients = torch.autograd.grad(3.0 * plain, inputs)

    torch.testing.assert_close(ours, plain)
    for mine, reference in zip(our_gradients, plain_gradients, strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-4, atol=1e-5)


def test_a_token_counts_as_often_as_it_is_there() -> None:
    ids = torch.tensor([[2, 7, 7, 9, 3], [2, 8, 3, 0, 0]])
    bags = bags_of_words(ids, torch.tensor([1, 2, 3, 6]), 10)
    expected = torch.zeros(2, 10)
    expected[0, 7], expected[0, 9], expected[1, 8] = 2 / 3, 1 / 3, 1.0
    torch.testing.assert_close(bags, expected)


def test_an_empty_bag_costs_nothing() -> None:
    hidden = torch.randn(2, 3, 4, requires_grad=True)
    weight = torch.randn(9, 4)
    bags = bags_of_words(torch.full((2, 3), 5), torch.tensor([0]), 9)
    pooled = torch.ones(2, 3, dtype=torch.bool)
    loss = bag_of_words_loss(hidden, weight, None, pooled, bags)
    loss.backward()
    assert loss.item() == pytest.approx(
        bag_of_words_loss(hidden[:1], weight, None, pooled[:1], bags[:1]).item()
    )
    assert hidden.grad is not None
    assert hidden.grad[0].any()
    assert not hidden.grad[1].any()
