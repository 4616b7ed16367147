"""Texts of similar lengths are read together, and nothing else changes."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.encoders.loss_samples import save_model
from tests.unit.encoders.tuning_samples import recipe

from lingraft.encoders.sorted_rows import group_rows, read_sorted
from lingraft.encoders.student import make_student

TEXTS = [" ".join(f"w{(7 * row + k) % 50}" for k in range(size)) for row, size in enumerate(
    [1, 12, 2, 3, 9, 1, 2, 2, 11, 3, 4, 1, 2]
)]  # fmt: skip


def mask_of(lengths: list[int]) -> torch.Tensor:
    return (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()


@given(st.lists(st.integers(1, 64), min_size=1, max_size=40))
def test_every_row_is_in_one_group_of_similar_lengths(lengths: list[int]) -> None:
    groups = group_rows(mask_of(lengths))
    assert sorted(row for group in groups for row in group) == list(range(len(lengths)))
    assert all(len(group) >= 4 for group in groups) or len(groups) == 1
    longest = [lengths[group[0]] for group in groups]
    assert longest == sorted(longest, reverse=True)
    assert all(lengths[row] <= lengths[group[0]] for group in groups for row in group)


def test_rows_that_are_padded_on_the_left_stay_together() -> None:
    assert len(group_rows(mask_of([1, 9, 9, 9, 9, 1, 1, 1]))) == 2
    assert len(group_rows(mask_of([1, 9, 9, 9, 9, 1, 1, 1]).flip(1))) == 1


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("pooling", ["mean", "last", "max"])
def test_vectors_and_gradients_are_those_of_the_whole_batch(
    tmp_path: Path, pooling: str, layers: int
) -> None:
    folder, found = save_model(tmp_path), []
    for is_sorted in (False, True):
        student = make_student(folder, recipe(pooling=pooling, layers=layers))
        if is_sorted:
            read_sorted(student.encoder)
        features = student.encoder.preprocess(TEXTS)
        if is_sorted:
            assert len(group_rows(features["attention_mask"])) > 1
        vectors_NE = student.encoder(features)["sentence_embedding"]
        vectors_NE.square().sum().backward()
        weights = student.language_model.base_model.named_parameters()
        found.append((vectors_NE, {name: p.grad for name, p in weights if p.grad is not None}))
    torch.testing.assert_close(found[1][0], found[0][0], rtol=1e-5, atol=1e-6)
    assert found[0][1].keys() == found[1][1].keys()
    for name, gradient in found[0][1].items():
        torch.testing.assert_close(found[1][1][name], gradient, rtol=1e-4, atol=1e-4)
