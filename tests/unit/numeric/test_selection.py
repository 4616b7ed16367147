import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.numeric.selection import GROUP, grouped_rows, largest, of_rank


@given(st.integers(1, 6), st.integers(1, 12), st.integers(1, 40), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_largest_are_those_of_a_sort(queries: int, groups: int, count: int, seed: int) -> None:
    count = min(count, GROUP * groups)
    scores = torch.randn(queries, GROUP * groups, generator=torch.Generator().manual_seed(seed))
    expected = scores.sort(dim=1, descending=True)
    values, places = largest(grouped_rows(scores), count)
    assert torch.equal(values, expected.values[:, :count])
    assert torch.equal(scores.gather(1, places), values)


@given(st.integers(1, 12), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_each_query_has_a_rank_of_its_own(groups: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(7, GROUP * groups, generator=generator)
    ranks = torch.randint(1, GROUP * groups + 1, (7,), generator=generator)
    expected = scores.sort(dim=1, descending=True).indices.gather(1, ranks[:, None] - 1)[:, 0]
    values, places = of_rank(grouped_rows(scores), ranks)
    assert torch.equal(places, expected)
    assert torch.equal(values, scores.gather(1, places[:, None])[:, 0])
