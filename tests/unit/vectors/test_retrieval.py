import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.vectors.retrieval import csls_nearest, mean_similarity, mutual_neighbors


def unit(rows: int, dimension: int, seed: int) -> np.ndarray:
    made = np.random.default_rng(seed).normal(size=(rows, dimension))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def naive_csls(source: np.ndarray, target: np.ndarray, k: int) -> np.ndarray:
    cosine = source.astype(np.float64) @ target.astype(np.float64).T
    r_target = np.sort(cosine, axis=1)[:, -k:].mean(axis=1)
    r_source = np.sort(cosine, axis=0)[-k:].mean(axis=0)
    return 2 * cosine - r_target[:, None] - r_source[None]


@given(st.integers(3, 40), st.integers(3, 40), st.integers(1, 12), st.integers(0, 10**6))
@settings(max_examples=30)
def test_csls_equals_its_formula(n: int, m: int, neighbors: int, seed: int) -> None:
    source, target = unit(n, 6, seed), unit(m, 6, seed + 1)
    expected = naive_csls(source, target, neighbors)
    hubness = mean_similarity(target, source, neighbors)
    indices, scores = csls_nearest(source, target, hubness, 3)
    scores = scores - mean_similarity(source, target, neighbors)[:, None]
    assert np.allclose(scores, np.sort(expected, axis=1)[:, ::-1][:, :3], atol=1e-5)
    assert np.allclose(np.take_along_axis(expected, indices, axis=1), scores, atol=1e-5)


def test_csls_does_not_choose_a_hub() -> None:
    source = unit(50, 8, 0)
    target = np.concatenate([source + 0.6 * unit(50, 8, 1), source.mean(axis=0, keepdims=True)])
    target = (target / np.linalg.norm(target, axis=1, keepdims=True)).astype(np.float32)
    source = (source + 1.5 * source.mean(axis=0)).astype(np.float32)
    source /= np.linalg.norm(source, axis=1, keepdims=True)
    by_cosine = (source @ target.T).argmax(axis=1)
    by_csls = csls_nearest(source, target, mean_similarity(target, source, 10), 1)[0][:, 0]
    assert (by_csls == np.arange(50)).sum() >= (by_cosine == np.arange(50)).sum()
    assert (by_csls == 50).sum() <= (by_cosine == 50).sum()


def test_mutual_neighbors_of_a_shuffled_copy_are_the_copy() -> None:
    source = unit(60, 10, 3)
    order = np.random.default_rng(4).permutation(60)
    rows, found = mutual_neighbors(source, source[order])
    assert rows.tolist() == list(range(60))
    assert np.array_equal(order[found], rows)


def test_pairs_of_the_first_words_are_found_among_all_words_as_muse_does() -> None:
    """The pairs are those of MUSE's `build_dictionary` (3159355): dico_max_rank 20, S2T&T2S."""
    random = np.random.default_rng(0)
    source = random.normal(size=(60, 6))
    near = source[random.permutation(60)] + 0.4 * random.normal(size=(60, 6))
    target = np.concatenate([near, random.normal(size=(10, 6))])
    source, target = (
        (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        for rows in (source, target)
    )
    rows, found = mutual_neighbors(source, target, 10, maximum_rank=20)
    assert list(zip(rows.tolist(), found.tolist(), strict=True)) == [
        (2, 12), (9, 1), (11, 11), (13, 7), (14, 8), (17, 19), (19, 15)
    ]  # fmt: skip
