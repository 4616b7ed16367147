"""Parts of words, and a model of them that is saved without pickle."""

from pathlib import Path

import fasttext
import numpy as np
import pytest

from lingraft.errors import InputError
from lingraft.vectors.parts import Cutting, PartsModel


def test_ngrams_are_those_of_fasttext(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("kompyuta m \u4f60\u597d\n" * 5, "utf-8")
    options = {"minCount": 1, "minn": 1, "maxn": 4, "bucket": 1000, "dim": 2, "epoch": 1}
    model = fasttext.train_unsupervised(str(path), thread=1, verbose=0, **options)
    for word in ("kompyuta", "m", "\u4f60\u597d", "abc"):
        expected = sorted(part for part in model.get_subwords(word)[0])
        own = [word] if word in model.words else []
        assert sorted(Cutting(1, 4).parts(word) + own) == expected


def test_positions_and_boundaries() -> None:
    assert Cutting(1, 1, boundaries=False).parts("aba") == ["a", "b", "a"]
    assert Cutting(1, 1, boundaries=False, positions=True).parts("aba") == ["^a", "-b", "$a"]
    assert Cutting(0, 0).parts("aba") == []


def test_a_text_has_the_mean_of_its_known_parts(tmp_path: Path) -> None:
    vectors_PE = np.array([[1, 0], [0, 4]], np.float32)
    model = PartsModel(Cutting(1, 1, boundaries=False), ["a", "b"], vectors_PE)
    model.save_model(str(tmp_path / "parts.npz"))
    loaded = PartsModel.load(tmp_path / "parts.npz")
    for one in (model, loaded):
        assert one.get_word_vector("abax").tolist() == pytest.approx([2 / 3, 4 / 3])
        assert not one.get_word_vector("x").any() and not one.get_word_vector("").any()


def test_a_damaged_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "parts.npz"
    path.write_bytes(b"PK nothing")
    with pytest.raises(InputError, match=r"parts.npz is damaged .* make the vectors again"):
        PartsModel.load(path)
