"""Sums of tensors: exact where a coefficient is 0 or 1, and the same in pieces."""

import pytest
import torch

from lingraft.numeric import combinations
from lingraft.numeric.combinations import combine


def bits(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.view({2: torch.int16, 4: torch.int32}[tensor.element_size()])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_a_coefficient_of_one_changes_no_bit(dtype: torch.dtype) -> None:
    one = torch.randn(5, 3).to(dtype)
    one[0, 0] = -0.0
    found = combine([torch.randn(5, 3).to(dtype), one], [0, 1])
    assert found.dtype == dtype
    assert torch.equal(bits(found), bits(one))
    assert found.data_ptr() != one.data_ptr()


def test_pieces_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = [torch.randn(7, 5).T for _ in range(3)]
    whole = combine(tensors, [0.2, 0.3, -4])
    monkeypatch.setattr(combinations, "_PIECE", 4)
    assert torch.equal(combine(tensors, [0.2, 0.3, -4]), whole)
    assert whole.shape == (5, 7)
    slow = 0.2 * tensors[0].double() + 0.3 * tensors[1].double() - 4 * tensors[2].double()
    assert torch.equal(whole, slow.float())


def test_equal_weights_stay_what_they_are() -> None:
    one = torch.randn(100)
    assert torch.equal(combine([one] * 3, [1 / 3] * 3), one)


def test_nothing_is_a_sum_of_nothing() -> None:
    assert combine([torch.ones(2)], [0]).tolist() == [0, 0]
