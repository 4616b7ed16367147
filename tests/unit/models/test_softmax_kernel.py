"""The kernel is the plain cross-entropy; without a GPU, Triton's interpreter runs it."""

import os
from collections.abc import Iterator
from types import ModuleType

import pytest
import torch

from lingraft.models import cross_entropy
from lingraft.models.cross_entropy import linear_cross_entropy

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
if DEVICE == "cpu":
    os.environ.setdefault("TRITON_INTERPRET", "1")  # Triton reads it when it is imported
pytest.importorskip("triton", reason="Triton comes with PyTorch for CUDA")


@pytest.fixture(scope="module")
def kernel() -> Iterator[ModuleType]:
    from lingraft.models import softmax_kernel

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(softmax_kernel, "_BLOCK", 64)  # several blocks in a row
        yield softmax_kernel


@pytest.mark.parametrize("cap", [None, 3.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize(("tokens", "width"), [(64, 64), (150, 192), (63, 64), (1, 64)])
def test_equals_the_plain_steps(
    kernel: ModuleType, tokens: int, width: int, dtype: torch.dtype, cap: float | None
) -> None:
    torch.manual_seed(0)
    logits = (6 * torch.randn(9, width, device=DEVICE)).to(dtype)
    logits[0, 0] = 900.0  # a sum of exponentials that would overflow
    targets = torch.randint(0, tokens, (9,), device=DEVICE)
    plain = cross_entropy._loss_and_slopes(logits[:, :tokens].clone(), targets, cap, True)
    untouched = logits.clone()
    loss = kernel.loss_and_slopes(untouched, targets, tokens, cap, False)
    assert torch.equal(untouched, logits)
    torch.testing.assert_close(loss, plain[0], rtol=1e-5, atol=1e-4)
    again = kernel.loss_and_slopes(logits, targets, tokens, cap, True)
    assert torch.equal(again, loss)
    exact = dtype == torch.float32
    torch.testing.assert_close(
        logits[:, :tokens], plain[1], rtol=1e-4 if exact else 0.01, atol=1e-6 if exact else 1e-3
    )
    assert not logits[:, tokens:].any()


@pytest.mark.parametrize("with_bias", [True, False])
def test_filled_rows_change_nothing(
    kernel: ModuleType, monkeypatch: pytest.MonkeyPatch, with_bias: bool
) -> None:
    torch.manual_seed(0)
    hidden = torch.randn(30, 16, device=DEVICE, requires_grad=True)
    weight = torch.randn(50, 16, device=DEVICE, requires_grad=True)
    bias = torch.randn(50, device=DEVICE, requires_grad=True) if with_bias else None
    targets = torch.randint(0, 50, (30,), device=DEVICE)
    inputs = [tensor for tensor in (hidden, weight, bias) if tensor is not None]
    monkeypatch.setattr(cross_entropy, "_KERNEL_LOGITS", 7 * 64)  # seven rows at a time
    found = []
    for step in (None, kernel.loss_and_slopes):
        monkeypatch.setattr(cross_entropy, "_kernel", lambda _, step=step: step)
        loss = linear_cross_entropy(hidden, weight, bias, targets)
        found.append([loss, *torch.autograd.grad(loss, inputs)])
    for plain, fused in zip(*found, strict=True):
        torch.testing.assert_close(fused, plain, rtol=1e-4, atol=1e-5)


def test_an_unknown_id_makes_the_loss_invalid(kernel: ModuleType) -> None:
    for wrong in (-1, 50):
        targets = torch.tensor([3, wrong], device=DEVICE)
        loss = kernel.loss_and_slopes(torch.zeros(2, 64, device=DEVICE), targets, 50, None, False)
        assert loss.isnan()


def test_no_predictions_have_no_loss(kernel: ModuleType) -> None:
    none = torch.empty(0, dtype=torch.long, device=DEVICE)
    assert kernel.loss_and_slopes(torch.empty(0, 64, device=DEVICE), none, 50, None, True) == 0
