"""The shortlist by products of integers: its bound, its kernels, and when it is taken."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.numeric import integer_shortlist, neighbors
from lingraft.numeric.integer_shortlist import _is_exact_to, _Rounding, pays
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.shortlists import FloatShortlist


def rows(count, dimensions, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, dimensions, generator=generator)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(
    dimensions=st.integers(1, 70),
    seed=st.integers(0, 1000),
    outlier=st.sampled_from([1.0, 30.0, 1e4]),
    clipped=st.sampled_from([1.0, 0.3]),
)
def test_what_is_lost_of_a_vector_is_not_longer_than_told(dimensions, seed, outlier, clipped):
    vectors = rows(40, dimensions, seed)
    vectors[:, seed % dimensions] *= outlier
    rounding = _Rounding(dimensions)
    turned = rounding.turned(vectors)
    step = clipped * rounding.step(turned.abs().amax())
    whole, lost = rounding.of(turned, step)
    # The rounded vectors, turned back in float64.
    turn = rounding.turn_EF.double()
    back = torch.linalg.lstsq(turn[:, :dimensions].T, (whole.double() * step)[:, :dimensions].T)
    distance = (vectors.double() - back.solution.T).norm(dim=1)
    told = lost.double() + rounding.error * vectors.double().norm(dim=1)
    assert bool((distance <= told * (1 + 1e-5)).all())
    scores = vectors.double() @ vectors.double().T
    by_integers = torch._int_mm(whole, whole.T).double() * float(step) ** 2
    lengths = vectors.double().norm(dim=1)
    error = lengths[:, None] * told + told[:, None] * (lengths + told)
    assert bool(((scores - by_integers).abs() <= error * (1 + 1e-6)).all())


def test_integers_that_the_oldest_kernels_multiply_exactly():
    generator = torch.Generator().manual_seed(0)
    for largest in (79, 127) if _is_exact_to(127) else (79,):
        for queries, keys, dimensions in ((1, 32, 16), (3, 320, 304), (70, 2048, 112)):
            signs = [
                torch.randint(2, (count, dimensions), generator=generator) * 2 - 1
                for count in (queries, keys)
            ]
            for left, right in (signs, [sign.abs() for sign in signs], [-signs[0].abs(), signs[1]]):
                left, right = (left * largest).to(torch.int8), (right * largest).to(torch.int8)
                exact = (left.double() @ right.double().T).int()
                assert torch.equal(torch._int_mm(left, right.T), exact)


@pytest.mark.parametrize("exact_to_127", [True, False])
def test_common_vectors_need_no_other_search(monkeypatch, exact_to_127):
    if exact_to_127 and not _is_exact_to(127):
        pytest.skip("the products of this processor saturate")
    monkeypatch.setattr(integer_shortlist, "_is_exact_to", lambda largest: exact_to_127)
    queries, keys = rows(50, 100, 0).numpy(), rows(8000, 100, 1).numpy()
    reference = nearest(queries, keys, 10, precision="float32")

    def refuse(*given):
        raise AssertionError("a row went to another search")

    monkeypatch.setattr(FloatShortlist, "best", refuse)
    monkeypatch.setattr(neighbors._Search, "_search", refuse)
    for key_block in (300, 16384):
        found = nearest(queries, keys, 10, precision="int8", key_block=key_block)
        np.testing.assert_array_equal(found[0], reference[0])
        np.testing.assert_array_equal(found[1], reference[1])


def test_vectors_too_close_for_integers_are_left_to_float32(monkeypatch):
    keys = rows(1, 50, 0) + 1e-3 * rows(4000, 50, 1)
    queries = rows(90, 50, 2).numpy()
    reference = nearest(queries, keys.numpy(), 5, precision="float32")
    products = []
    multiply = integer_shortlist.IntegerShortlist._product

    def counted(*given):
        products.append(1)
        return multiply(*given)

    monkeypatch.setattr(integer_shortlist.IntegerShortlist, "_product", counted)
    found = nearest(queries, keys.numpy(), 5, precision="int8", query_block=30)
    np.testing.assert_array_equal(found[0], reference[0])
    np.testing.assert_array_equal(found[1], reference[1])
    assert len(products) == 1  # of three blocks: the first one failed


def test_it_is_taken_by_what_the_processor_has_and_by_the_sizes(monkeypatch):
    for has_avx2 in (True, False):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda has=has_avx2: {"avx2": has})
        assert pays(50_000, 10) is has_avx2
        assert not pays(2_000, 10)
        assert not pays(10_000, 128)
