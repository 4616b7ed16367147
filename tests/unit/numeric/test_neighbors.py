"""Exact neighbors: those of a float64 search, whatever blocks, precision and threads."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.errors import InputError
from lingraft.numeric import shortlists
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.rows import unit_rows


def plain(queries, keys, k):
    """All scores in float64, sorted by (score falling, index rising)."""
    scores = queries.astype(np.float64) @ keys.astype(np.float64).T
    if queries.dtype == keys.dtype == np.float32:
        scores = scores.astype(np.float32).astype(np.float64)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(scores, order, 1)


def vectors(rows, dimensions, seed, dtype=np.float32):
    generator = np.random.default_rng(seed)
    return unit_rows(generator.normal(size=(rows, dimensions)).astype(dtype))


@settings(max_examples=25, derandomize=True)
@given(
    queries=st.integers(1, 40),
    keys=st.integers(1, 300),
    dimensions=st.integers(1, 40),
    k=st.integers(1, 12),
    dtype=st.sampled_from([np.float32, np.float64]),
    precision=st.sampled_from(["float32", "bfloat16", "int8"]),
    key_block=st.sampled_from([16, 64, 1000]),
    seed=st.integers(0, 1000),
)
def test_equals_a_float64_search(queries, keys, dimensions, k, dtype, precision, key_block, seed):
    q, n = vectors(queries, dimensions, seed, dtype), vectors(keys, dimensions, seed + 1, dtype)
    indices, scores = nearest(q, n, k, precision=precision, key_block=key_block, query_block=7)
    expected_indices, expected = plain(q, n, k)
    np.testing.assert_allclose(scores, expected, atol=1e-6 if dtype == np.float32 else 1e-14)
    assert (indices == expected_indices).mean() > 0.999  # two scores may round to one
    assert indices.dtype == np.int64
    assert scores.dtype == dtype


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "int8"])
def test_ties_go_to_the_smaller_index(precision):
    keys = np.repeat(vectors(20, 8, 0), 15, axis=0)  # more equal keys than a shortlist holds
    keys = keys[np.random.default_rng(1).permutation(len(keys))]
    queries = vectors(50, 8, 2)
    indices, scores = nearest(queries, keys, 10, precision=precision, key_block=64)
    expected_indices, expected = plain(queries, keys, 10)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_array_equal(scores, expected.astype(np.float32))


def test_blocks_and_threads_change_no_bit():
    queries, keys = vectors(40, 20, 0), vectors(3000, 20, 1)
    reference = nearest(queries, keys, 10, precision="float32")
    threads = torch.get_num_threads()
    try:
        for number, blocks in ((1, (13, 160)), (2, (100, 3000)), (3, (1, 64))):
            torch.set_num_threads(number)
            query_block, key_block = blocks
            for precision in ("float32", "bfloat16", "int8"):
                other = nearest(
                    queries,
                    keys,
                    10,
                    query_block=query_block,
                    key_block=key_block,
                    precision=precision,
                )
                np.testing.assert_array_equal(other[0], reference[0])
                np.testing.assert_array_equal(other[1], reference[1])
    finally:
        torch.set_num_threads(threads)


def test_rows_are_taken_as_they_are():
    keys = np.array([[1, 0], [5, 0], [-9, 0]], np.float32)
    indices, scores = nearest(np.array([[2, 0]], np.float32), keys, 3)
    assert indices.tolist() == [[1, 0, 2]]
    assert scores.tolist() == [[10, 2, -18]]


def test_a_query_of_zeros_takes_the_first_keys():
    indices, scores = nearest(np.zeros((1, 5), np.float32), vectors(400, 5, 0), 4)
    assert indices.tolist() == [[0, 1, 2, 3]]
    assert not scores.any()


def test_fewer_keys_than_neighbors_and_nothing_to_do():
    assert nearest(vectors(3, 4, 0), vectors(2, 4, 1), 10)[0].shape == (3, 2)
    assert nearest(vectors(3, 4, 0), np.zeros((0, 4), np.float32), 10)[0].shape == (3, 0)
    assert nearest(np.zeros((0, 4), np.float32), vectors(3, 4, 1), 2)[0].shape == (0, 2)


ADVERSARIES = {
    "gaussian": lambda draw: (draw(40), draw(3000)),
    "clusters": lambda draw: (draw(40), draw(20)[np.arange(3000) % 20] + 0.01 * draw(3000)),
    "a common direction": lambda draw: (draw(40) + 3, draw(3000) + 3),
    "duplicates": lambda draw: (draw(40), draw(60)[np.arange(3000) % 60]),
    "all equal": lambda draw: (draw(40), draw(1)[np.zeros(3000, int)]),
    "ties": lambda draw: (np.sign(draw(40)), np.sign(draw(3000))),
    "single coordinates": lambda draw: (draw(40), np.eye(24)[np.arange(3000) % 24]),
    "an outlying coordinate": lambda draw: (draw(40) * spike(24), draw(3000) * spike(24)),
    "zeros": lambda draw: (draw(40) * (np.arange(40) % 3 > 0)[:, None], draw(3000) * often(3000)),
    "nothing but zeros": lambda draw: (np.zeros((5, 24)), np.zeros((3000, 24))),
    "huge": lambda draw: (draw(40) * 2.0**120, draw(3000) * 2.0**120),
    "denormal": lambda draw: (draw(40) * 2.0**-140, draw(3000) * 2.0**-140),
    "huge and denormal": lambda draw: (draw(40) * 2.0**-140, draw(3000) * 2.0**120),
    "lengths of all sizes": lambda draw: (draw(40) * sizes(40), draw(3000) * sizes(3000)),
    "one long key": lambda draw: (draw(40), draw(3000) * (1 + 1e6 * often(3000, 2999))),
    "close to each other": lambda draw: (draw(40), draw(1) + 1e-6 * draw(3000)),
    "all scores negative": lambda draw: (-np.abs(draw(40)), np.abs(draw(3000))),
}


def spike(dimensions):
    return np.where(np.arange(dimensions) == 5, 1000.0, 1.0)


def often(rows, every=2):
    return (np.arange(rows) % every == 0)[:, None]


def sizes(rows):
    return 2.0 ** (np.arange(rows) % 81 - 40)[:, None]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ADVERSARIES)
def test_every_arithmetic_gives_the_same_bits(kind, dtype):
    generator = np.random.default_rng(0)
    made = ADVERSARIES[kind](lambda rows: generator.normal(size=(rows, 24)))
    queries, keys = (rows.astype(dtype) for rows in made)
    # Of all keys there is no shortlist: the answer is that of float64.
    reference = [rows[:, :7] for rows in nearest(queries, keys, len(keys), precision="float32")]
    for precision in ("float32", "bfloat16", "int8"):
        for key_block in (64, 200, 16384):
            found = nearest(queries, keys, 7, precision=precision, key_block=key_block)
            np.testing.assert_array_equal(found[0], reference[0], f"{precision} {key_block}")
            np.testing.assert_array_equal(found[1], reference[1], f"{precision} {key_block}")


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "int8"])
def test_powers_of_two_change_no_neighbor(precision):
    queries, keys = vectors(30, 20, 0), vectors(2000, 20, 1)
    reference = nearest(queries, keys, 5, precision=precision)
    for power in (-60, -7, 3, 100):
        factor = np.float32(2.0**power)
        found = nearest(queries * factor, keys, 5, precision=precision)
        np.testing.assert_array_equal(found[0], reference[0])
        np.testing.assert_array_equal(found[1], reference[1] * factor)
        found = nearest(queries, keys * factor, 5, precision=precision)
        np.testing.assert_array_equal(found[0], reference[0])
        np.testing.assert_array_equal(found[1], reference[1] * factor)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_finite_number_is_refused(number):
    rows, damaged = vectors(3, 4, 0), vectors(3, 4, 1)
    damaged[2, 1] = number
    with pytest.raises(InputError, match="of the keys has a number that is NaN or infinite"):
        nearest(rows, damaged, 2)
    with pytest.raises(InputError, match="of the queries has a number that is NaN or infinite"):
        nearest(damaged, rows, 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_where_there_is_no_faiss_the_neighbors_are_the_same(monkeypatch, dtype):
    queries, keys = vectors(100, 20, 0, dtype), vectors(3000, 20, 1, dtype)
    keys[1500:1600] = keys[:100]  # ties
    reference = nearest(queries, keys, 10)
    monkeypatch.setattr(shortlists, "_HAS_FAISS", False)
    for precision in ("float32", "int8"):
        for key_block in (64, 1600, 3000):
            other = nearest(queries, keys, 10, key_block=key_block, precision=precision)
            np.testing.assert_array_equal(other[0], reference[0])
            np.testing.assert_array_equal(other[1], reference[1])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_gives_the_same_neighbors():
    queries, keys = vectors(500, 300, 0), vectors(20_000, 300, 1)
    on_cpu = nearest(queries, keys, 10, device="cpu", precision="float32")
    on_gpu = nearest(queries, keys, 10, device="cuda")
    np.testing.assert_array_equal(on_gpu[0], on_cpu[0])
    np.testing.assert_allclose(on_gpu[1], on_cpu[1], atol=1e-7)
