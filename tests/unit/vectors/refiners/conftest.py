"""A set of words with vectors, and graphs beside it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_space import WordSpace


@pytest.fixture
def space() -> WordSpace:
    """Forty words w0 .. w39 of dimension 6, of length one."""
    vectors_WE = np.random.default_rng(3).normal(size=(40, 6))
    vectors_WE /= np.linalg.norm(vectors_WE, axis=1, keepdims=True)
    words = [f"w{i}" for i in range(40)]
    return WordSpace.of_set(
        VectorSet(words, vectors_WE.astype(np.float32), np.arange(40, 0, -1), language="eng_Latn")
    )


@pytest.fixture
def given(tmp_path: Path) -> Callable[..., VectorInputs]:
    """Inputs whose download `d` has files with these contents."""

    def write(**files: str) -> VectorInputs:
        for name, content in files.items():
            (tmp_path / f"{name}.tsv").write_text(content, encoding="utf-8")
        return VectorInputs(downloads={"d": tmp_path})

    return write


def edges_text(pairs: list[tuple[int, int]], weight: str = "") -> str:
    return "".join(f"w{a}\tw{b}{weight}\n" for a, b in pairs)
