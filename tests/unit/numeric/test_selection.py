import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.numeric import selection
from lingraft.numeric.selection import (
    GROUP,
    largest,
    largest_places,
    largest_values,
    of_rank,
)


@given(st.integers(1, 6), st.integers(1, 12), st.integers(1, 40), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_largest_are_those_of_a_sort(queries: int, groups: int, count: int, seed: int) -> None:
    count = min(count, GROUP * groups)
    scores = torch.randn(queries, GROUP * groups, generator=torch.Generator().manual_seed(seed))
    expected = scores.sort(dim=1, descending=True)
    values, places = largest(scores, count)
    assert torch.equal(values, expected.values[:, :count])
    assert torch.equal(scores.gather(1, places), values)


@pytest.mark.parametrize("by_numpy", [True, False])
@given(st.integers(2, 50), st.integers(0, 10**6), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_part_of_the_order_is_that_of_a_sort(
    by_numpy: bool, scores: int, seed: int, tied: bool
) -> None:
    """Also where scores are equal, and as a GPU does it."""
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, 4, (7, scores)) if tied else generator.normal(size=(7, scores))
    every = torch.from_numpy(drawn.astype(np.float32))
    count = int(generator.integers(1, scores))
    falling = every.sort(dim=1, descending=True).values
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(selection, "_by_numpy", lambda _: by_numpy)
        assert torch.equal(largest_values(every, count), falling[:, :count])
        places, following = largest_places(every, count)
        own, place = of_rank(every, count)
    assert all(len(set(row)) == count for row in places.tolist())
    found = every.gather(1, places).sort(dim=1, descending=True).values
    assert torch.equal(found, falling[:, :count]) and torch.equal(following, falling[:, count])
    assert torch.equal(own, falling[:, count - 1])
    assert torch.equal(every.gather(1, place[:, None])[:, 0], own)
