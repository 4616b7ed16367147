"""Means of rows: each of its own pieces, whatever strings are beside it, in little memory."""

import numpy as np
import pytest
import torch

from lingraft.models.further_rows import further_rows, mean_rows

LENGTHS = [3, 1, 40, 2, 7]


@pytest.fixture
def embedding() -> torch.nn.Embedding:
    torch.manual_seed(0)
    return torch.nn.Embedding(50, 6)


def pieces_of(lengths: list[int]) -> list[list[int]]:
    draw = np.random.default_rng(0)
    return [draw.integers(0, 50, length).tolist() for length in lengths]


def test_a_row_is_the_mean_of_its_pieces_alone(embedding) -> None:
    pieces = pieces_of(LENGTHS)
    made_UE = mean_rows(embedding, pieces)
    for row_E, own in zip(made_UE, pieces, strict=True):
        torch.testing.assert_close(row_E, embedding.weight[own].mean(0))
        assert torch.equal(row_E, mean_rows(embedding, [own])[0])


def test_gradients_reach_each_piece_as_often_as_it_is_there(embedding) -> None:
    pieces = pieces_of(LENGTHS)
    mean_rows(embedding, pieces).sum().backward()
    expected = np.zeros(50)
    for own in pieces:
        np.add.at(expected, own, 1 / len(own))
    np.testing.assert_allclose(embedding.weight.grad[:, 0], expected, rtol=1e-5)


def test_one_long_string_is_not_the_size_of_all(embedding) -> None:
    """Rows are read once for each piece; filled up, they would be 200 times 200."""
    read = []
    embedding.register_forward_hook(lambda module, given, found: read.append(found[..., 0].numel()))
    mean_rows(embedding, pieces_of([200, *[1] * 199]))
    assert sum(read) == 399


def test_no_hook_is_left_after_a_failure(embedding) -> None:
    before = embedding(torch.tensor([[1, 0]]))
    with pytest.raises(IndexError), further_rows(embedding, 50, torch.ones(2, 6)):
        assert embedding(torch.tensor([[1, 51]]))[0, 1].tolist() == [1.0] * 6
        embedding(torch.tensor([[52]]))
    assert torch.equal(embedding(torch.tensor([[1, 0]])), before)
    with pytest.raises(IndexError):
        embedding(torch.tensor([[51]]))
