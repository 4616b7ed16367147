"""A large vector set needs about one copy of its matrix, and gives the same bits as a small one."""

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from lingraft.numeric import rows
from lingraft.numeric.rows import unit_rows
from lingraft.vectors import retrieval
from lingraft.vectors.alignment import Alignment, align
from lingraft.vectors.induction import CommonSpace
from lingraft.vectors.normalization import mean_before_centering, normalize
from lingraft.vectors.sentence_end import SentenceEnd
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import WordPair

WORDS, DIMENSION = 50_000, 64
MATRIX = 4 * WORDS * DIMENSION  # bytes
STEPS = ("unit", "center", "unit")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # As small against 50,000 words as the real ones are against millions.
    monkeypatch.setattr(rows, "_BLOCK_ROWS", 1536)
    monkeypatch.setattr(retrieval, "_BLOCK", 4096)
    yield


@pytest.fixture(scope="module")
def large() -> VectorSet:
    vectors = np.random.default_rng(0).standard_normal((WORDS, DIMENSION), dtype=np.float32)
    end = SentenceEnd(7, vectors[0].copy(), 5)
    return VectorSet([f"w{row}" for row in range(WORDS)], vectors, sentence_end=end)


def copies(made: Callable[[], object]) -> float:
    """The most memory that numpy and Python took meanwhile, in sizes of the matrix."""
    tracemalloc.start()
    try:
        made()
        return tracemalloc.get_traced_memory()[1] / MATRIX
    finally:
        tracemalloc.stop()


def rotation(mean_E: np.ndarray) -> Alignment:
    map_EE, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(DIMENSION, DIMENSION)))
    return Alignment(map_EE, map_EE, mean_E, mean_E, STEPS)


def test_saving_copies_nothing_and_loading_only_the_words(tmp_path: Path, large: VectorSet) -> None:
    assert copies(lambda: large.save(tmp_path)) < 0.5
    # The words and their index take 0.8 here; at 300 dimensions they would take 0.2.
    assert copies(lambda: VectorSet.load(tmp_path)) < 1.2
    loaded = VectorSet.load(tmp_path)
    assert loaded.words == large.words
    assert np.array_equal(loaded.vectors_WE, large.vectors_WE)
    assert loaded.sentence_end is not None and large.sentence_end is not None
    assert np.array_equal(loaded.sentence_end.vector_E, large.sentence_end.vector_E)
    assert np.array_equal(loaded.with_sentence_end().vectors_WE[7], large.sentence_end.vector_E)


def test_text_is_read_into_one_matrix(tmp_path: Path) -> None:
    words = 5000
    numbers = " 0.5" * DIMENSION
    path = tmp_path / "v.vec"
    path.write_text(f"{words} {DIMENSION}\n" + "".join(f"w{i}{numbers}\n" for i in range(words)))
    # With the words, the index and an eighth in reserve; two copies would take 2.8.
    assert copies(lambda: VectorSet.load(path)) * WORDS / words < 2.3


def test_normalizing_and_mapping_make_one_copy_with_the_same_bits(large: VectorSet) -> None:
    vectors = large.vectors_WE
    units = unit_rows(vectors)
    mean_E = units.mean(axis=0, dtype=np.float64)
    assert np.array_equal(mean_before_centering(vectors, STEPS), mean_E)
    assert copies(lambda: mean_before_centering(vectors, STEPS)) < 0.3
    normal = unit_rows(units - mean_E.astype(np.float32))
    assert np.array_equal(normalize(vectors, STEPS, mean_E), normal)
    assert copies(lambda: normalize(vectors, STEPS, mean_E)) < 1.3
    alignment = rotation(mean_E)
    expected = normal @ alignment.source_map_EK.astype(np.float32)
    assert np.allclose(alignment.map_source(vectors), expected, atol=1e-6)
    assert copies(lambda: alignment.map_source(vectors)) < 1.3


def test_looking_words_up_makes_one_copy(large: VectorSet) -> None:
    few = VectorSet(large.words[:60], large.vectors_WE[:60])
    alignment = rotation(np.zeros(DIMENSION))
    found: list[np.ndarray] = []

    def look_up() -> None:
        space = CommonSpace(few, large, alignment)
        found.append(space.translate(np.arange(20), 1)[0])

    # The copy, the mean cosine of each word, and blocks.
    assert copies(look_up) < 1.8
    assert found[0][:, 0].tolist() == list(range(20))


def test_an_alignment_is_fitted_on_one_copy_of_each_side(large: VectorSet) -> None:
    few = VectorSet(large.words[:200], large.vectors_WE[:200])
    pairs = [WordPair(word, word) for word in few.words]
    large.index  # noqa: B018 - made before, because it is not of the fit
    assert copies(lambda: align(few, large, pairs)) < 1.4


def test_csls_of_blocks_is_csls_of_all(large: VectorSet, monkeypatch: pytest.MonkeyPatch) -> None:
    units = unit_rows(large.vectors_WE[:9000])
    units[5000] = units[17]  # equal scores in two blocks: the smaller index comes first
    hubness_M = np.zeros(len(units), np.float32)
    found = retrieval.csls_nearest(units[:30], units, hubness_M, 5)
    means = retrieval.mean_similarity(units[:5000], units[:90], 10)
    assert found[0][17, :2].tolist() == [17, 5000]
    monkeypatch.setattr(retrieval, "_BLOCK", len(units))
    whole = retrieval.csls_nearest(units[:30], units, hubness_M, 5)
    assert np.array_equal(found[0], whole[0]) and np.array_equal(found[1], whole[1])
    assert np.array_equal(means, retrieval.mean_similarity(units[:5000], units[:90], 10))
