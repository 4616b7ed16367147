"""DupMAE's vectors: a reduced first vector, and the entries that the other tokens say."""

import torch

from lingraft.encoders.modules.duplex import DuplexPooling


def test_the_vector_by_hand() -> None:
    pooling = DuplexPooling(hidden=2, reduced=1, kept=2)
    with torch.no_grad():
        pooling.projection.weight.copy_(torch.tensor([[2.0, -1.0]]))
    hidden = torch.tensor([[[3.0, 1.0], [9.0, 9.0], [9.0, 9.0]]]).repeat(2, 1, 1)
    logits = torch.zeros(2, 3, 4)
    logits[0] = torch.tensor([[9.0, 9, 9, 9], [1, -3, 4, 2], [5, -2, 0, 3]])
    logits[1] = torch.tensor([[9.0, 9, 9, 9], [-1, -2, -3, 7], [9, 9, 9, 9]])
    real = torch.tensor([[True, True, True], [True, True, False]])
    vectors = pooling(hidden, logits, real)
    assert vectors.tolist() == [[5, 5, 0, 4, 0], [5, 0, 0, 0, 7]]
    product = vectors[0] @ vectors[1]  # the parts add up; the second has no entry in common
    assert product == 25.0


def test_both_parts_learn() -> None:
    torch.manual_seed(0)
    pooling = DuplexPooling(hidden=4, reduced=3, kept=5)
    hidden = torch.randn(2, 6, 4, requires_grad=True)
    logits = torch.randn(2, 6, 20, requires_grad=True)
    pooling(hidden, logits, torch.ones(2, 6, dtype=torch.bool)).square().sum().backward()
    assert hidden.grad is not None and logits.grad is not None
    assert hidden.grad[:, 0].any() and not hidden.grad[:, 1:].any()
    assert ((logits.grad != 0).sum((1, 2)) == 5).all()
    assert not logits.grad[:, 0].any()
