import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.numeric import grouped_product as module
from lingraft.numeric.grouped_product import filled_up, grouped_product, scores_memory


def unit(rows: int, seed: int) -> torch.Tensor:
    made = torch.randn(rows, 8, generator=torch.Generator().manual_seed(seed))
    made[rows // 2] = 0  # a word without a vector
    return torch.nn.functional.normalize(made, dim=1)


@given(st.integers(1, 150), st.integers(1, 150), st.integers(0, 10**6), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_rows_and_columns_have_the_order_of_the_plain_product(
    size: int, other: int, seed: int, strength: float
) -> None:
    """Whatever the penalties, and where tiles and groups end before the matrix does."""
    rows, columns = unit(size, seed), unit(other, seed + 1)
    generator = np.random.default_rng(seed)
    memory = scores_memory(filled_up(size) * filled_up(other) + 5, torch.device("cpu"))
    memory.fill_(7)  # what an earlier product left
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_TILE", 64)
        patched.setattr(module, "_ROWS", 50)
        both = grouped_product(rows, columns, memory)
        plain = rows @ columns.T
        for found, scores in zip(both, (plain, plain.T), strict=True):
            queries, keys = scores.shape
            count = min(10, keys)
            expected = scores.sort(dim=1, descending=True).values
            assert torch.allclose(found.best(count), expected[:, :count], atol=1e-6)
            drawn = strength * generator.uniform(-1, 1, keys)
            penalty = torch.from_numpy(drawn.astype(np.float32))
            ranks = torch.from_numpy(generator.integers(1, keys + 1, queries))
            left = scores - penalty
            expected = left.sort(dim=1, descending=True).values.gather(1, ranks[:, None] - 1)
            chosen = left.gather(1, found.of_ranks(penalty, ranks)[:, None])
            assert torch.allclose(chosen, expected, atol=1e-6)
