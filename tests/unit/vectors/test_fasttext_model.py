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
    assert np.array_equal(
        vectors.vectors_of(["three"])[0], vectors.vectors_WE[vectors.index["three"]]
    )
    assert vectors.vectors_of(["threefold"])[0].any()


def test_the_end_of_a_line_stands_beside_the_words(model_path: Path, tmp_path: Path) -> None:
    """`</s>` is not a word; where entries are tokens it is one of them, in whatever file."""
    binary = VectorSet.load(model_path)
    entries = binary.with_sentence_end()
    position = entries.words.index("</s>")
    lines = [
        f"{word} {' '.join(map(str, row))}"
        for word, row in zip(entries.words, entries.vectors_WE, strict=True)
    ]
    (tmp_path / "m.vec").write_text("\n".join([f"{len(lines)} 8", *lines, ""]), "utf-8")
    (tmp_path / "folder").mkdir()
    binary.save(tmp_path / "folder")
    for path in (model_path, tmp_path / "m.vec", tmp_path / "folder"):
        loaded = VectorSet.load(path)
        assert loaded.words == binary.words and "</s>" not in loaded.words
        again = loaded.with_sentence_end()
        assert again.words == entries.words
        assert np.array_equal(again.vectors_WE, entries.vectors_WE)
        first = VectorSet.load(path, maximum_words=position + 1)
        assert first.words == binary.words[: position + 1]
        assert first.with_sentence_end().words == entries.words[: position + 2]
    model = fasttext.load_model(str(model_path))
    assert np.array_equal(entries.vectors_of(["</s>"])[0], model.get_word_vector("</s>"))
    assert entries.counts_W is not None and entries.counts_W[position] == 60


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
    with pytest.raises(InputError, match=r"cut\.bin is (truncated|not a fastText model)"):
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
    assert vectors.model is None and not vectors.vectors_of(["threefold"])[0].any()
