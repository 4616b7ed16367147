"""Exact neighbors: those of a float64 search, whatever blocks, precision and threads."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.numeric import neighbors
from lingraft.numeric.neighbors import _best, nearest
from lingraft.numeric.rows import unit_rows
from lingraft.numeric.selection import GROUP


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
    precision=st.sampled_from(["float32", "bfloat16"]),
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


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_ties_go_to_the_smaller_index(precision):
    keys = np.repeat(vectors(20, 8, 0), 15, axis=0)  # more equal keys than a shortlist holds
    keys = keys[np.random.default_rng(1).permutation(len(keys))]
    queries = vectors(50, 8, 2)
    indices, scores = nearest(queries, keys, 10, precision=precision, key_block=64)
    expected_indices, expected = plain(queries, keys, 10)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_array_equal(scores, expected.astype(np.float32))


def test_blocks_and_threads_change_no_bit():
    queries, keys = vectors(100, 20, 0), vectors(3000, 20, 1)
    reference = nearest(queries, keys, 10)
    threads = torch.get_num_threads()
    try:
        for number, blocks in ((1, (13, 160)), (2, (100, 3000)), (3, (1, 64))):
            torch.set_num_threads(number)
            query_block, key_block = blocks
            other = nearest(queries, keys, 10, query_block=query_block, key_block=key_block)
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


def test_best_by_groups_equals_topk():
    scores = torch.randn(9, GROUP * 50, generator=torch.Generator().manual_seed(0))
    values, columns = _best(scores, 20)
    expected = scores.topk(20, dim=1)
    assert torch.equal(values, expected.values)
    assert torch.equal(columns, expected.indices)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_where_there_is_no_faiss_the_neighbors_are_the_same(monkeypatch, dtype):
    queries, keys = vectors(100, 20, 0, dtype), vectors(3000, 20, 1, dtype)
    keys[1500:1600] = keys[:100]  # ties
    reference = nearest(queries, keys, 10)
    monkeypatch.setattr(neighbors, "_HAS_FAISS", False)
    for key_block in (64, 1600, 3000):
        other = nearest(queries, keys, 10, key_block=key_block)
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
