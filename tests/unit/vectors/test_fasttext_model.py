from pathlib import Path

import numpy as np
import pytest

from lingraft.errors import InputError
from lingraft.vectors.fasttext_model import StoredModel
from lingraft.vectors.vectorset import VectorSet

fasttext = pytest.importorskip("fasttext")


@pytest.fixture(scope="module")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    (folder / "text").write_text("one two three four five six\n" * 60)
    options = {"dim": 8, "bucket": 500, "minCount": 1, "verbose": 0, "thread": 1}
    fasttext.train_unsupervised(str(folder / "text"), **options).save_model(str(folder / "m.bin"))
    return folder / "m.bin"


def test_binary_gives_words_counts_and_subwords(model_path: Path) -> None:
    vectors = VectorSet.load(model_path)
    assert sorted(vectors.words) == sorted(["one", "two", "three", "four", "five", "six"])
    assert vectors.counts_W is not None and set(vectors.counts_W.tolist()) == {60}
    assert np.array_equal(vectors.vector_of("three"), vectors.vectors_WE[vectors.index["three"]])
    assert vectors.vector_of("threefold").any()


def test_artifact_keeps_subwords(model_path: Path, tmp_path: Path) -> None:
    vectors = VectorSet.load(model_path)
    vectors.save(tmp_path)
    again = VectorSet.load(tmp_path)
    assert isinstance(again.model, StoredModel)
    texts = ["three", "threefold", "", "q"]
    assert np.array_equal(again.vectors_of(texts), vectors.vectors_of(texts))


@pytest.mark.parametrize("keep", [-1, -200, 2000, 100, 3, 0])
def test_cut_model_is_refused(model_path: Path, tmp_path: Path, keep: int) -> None:
    cut = tmp_path / "cut.bin"
    cut.write_bytes(model_path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"cut\.bin is (truncated|no fastText model)"):
        VectorSet.load(cut)


def test_supervised_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("__label__a one two\n__label__b three four\n" * 9)
    model = fasttext.train_supervised(str(tmp_path / "text"), dim=4, bucket=10, verbose=0)
    model.save_model(str(tmp_path / "s.bin"))
    with pytest.raises(InputError, match="supervised"):
        VectorSet.load(tmp_path / "s.bin")


def test_words_without_ngrams_have_no_subword_model(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("one two three four five six\n" * 60)
    options = {"dim": 8, "minn": 0, "maxn": 0, "minCount": 1, "verbose": 0}
    model = fasttext.train_unsupervised(str(tmp_path / "text"), **options)
    vectors = VectorSet.of_model(model)
    assert vectors.model is None and not vectors.vector_of("threefold").any()
