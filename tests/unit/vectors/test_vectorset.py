from pathlib import Path

import numpy as np
import pytest

from lingraft.artifacts import new_artifact
from lingraft.errors import ArtifactError, InputError
from lingraft.vectors.vectorset import VectorSet


def small(**more: object) -> VectorSet:
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    return VectorSet(["the", "a b", "x\u2028y"], vectors, np.array([5, 3, 1]), **more)  # type: ignore[arg-type]


class Letters:
    """A stand-in for fastText: the vector counts letters."""

    def get_word_vector(self, word: str) -> np.ndarray:
        return np.array([len(word), word.count("e")], dtype=np.float32)

    def save_model(self, path: str) -> None:
        Path(path).write_bytes(b"model")


def test_saved_and_loaded_set_is_equal(tmp_path: Path) -> None:
    small(language="swh_Latn", lowercase=True).save(tmp_path)
    loaded = VectorSet.load(tmp_path)
    assert loaded.words == ["the", "a b", "x\u2028y"]
    assert np.array_equal(loaded.vectors_WE, small().vectors_WE)
    assert loaded.vectors_WE.dtype == np.float32
    assert loaded.counts_W is not None and loaded.counts_W.tolist() == [5, 3, 1]
    assert (loaded.language, loaded.lowercase, loaded.model) == ("swh_Latn", True, None)


def test_maximum_words_keeps_the_first(tmp_path: Path) -> None:
    small().save(tmp_path)
    loaded = VectorSet.load(tmp_path, maximum_words=2)
    assert loaded.words == ["the", "a b"] and loaded.vectors_WE.shape == (2, 2)


def test_unknown_counts_stay_unknown(tmp_path: Path) -> None:
    VectorSet(["a"], np.ones((1, 2), np.float32)).save(tmp_path)
    assert VectorSet.load(tmp_path).counts_W is None


def test_damaged_artifact_is_refused(tmp_path: Path) -> None:
    with new_artifact(tmp_path / "v", "vectors") as folder:
        small().save(folder)
    assert len(VectorSet.load(tmp_path / "v")) == 3
    path = tmp_path / "v" / "vectors.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"vectors\.npy has another content"):
        VectorSet.load(tmp_path / "v")


def test_folder_without_vectors_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not a vector set: vectors\.npy is missing"):
        VectorSet.load(tmp_path)
    with pytest.raises(InputError, match="do not exist"):
        VectorSet.load(tmp_path / "nothing.vec")


def test_unknown_and_empty_texts_have_the_zero_vector() -> None:
    vectors = small().vectors_of(["the", "nothing", ""])
    assert vectors.tolist() == [[0, 1], [0, 0], [0, 0]]
    assert (
        not VectorSet(["a"], np.ones((1, 2), np.float32), None, Letters()).vectors_of([""])[0].any()
    )


def test_subwords_serve_any_text() -> None:
    vectors = VectorSet(["a"], np.ones((1, 2), np.float32), None, Letters())
    assert vectors.vectors_of(["seen"])[0].tolist() == [4, 2]


def test_lowercase_set_folds_what_is_looked_up() -> None:
    vectors = VectorSet(["the"], np.ones((1, 2), np.float32), lowercase=True)
    assert vectors.vectors_of(["The"])[0].tolist() == [1, 1]
    assert VectorSet(["the"], np.ones((1, 2), np.float32)).vectors_of(["The"])[0].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("words", "shape", "counts"),
    [(["a"], (2, 3), None), (["a", "a"], (2, 3), None), (["a", "b"], (2, 3), [1])],
)
def test_inconsistent_parts_are_refused(
    words: list[str], shape: tuple[int, int], counts: list[int] | None
) -> None:
    with pytest.raises(InputError):
        VectorSet(words, np.zeros(shape, np.float32), None if counts is None else np.array(counts))


def test_word_with_a_line_break_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line break"):
        VectorSet(["a\nb"], np.ones((1, 2), np.float32)).save(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [("vectors.npy", b"\x93NUMPY"), ("meta.json", b"{"), ("meta.json", b"{}"), ("counts.npy", b"")],
)
def test_a_damaged_folder_without_a_manifest_is_named(
    tmp_path: Path, name: str, content: bytes
) -> None:
    small().save(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"vectors {tmp_path} are damaged"):
        VectorSet.load(tmp_path)


def test_vectors_that_are_not_finite_are_not_loaded(tmp_path: Path) -> None:
    vectors = np.array([[1.0, np.nan]], np.float32)
    VectorSet(["a"], vectors).save(tmp_path)
    with pytest.raises(InputError, match=f"vectors {tmp_path} have NaN or infinity"):
        VectorSet.load(tmp_path)
