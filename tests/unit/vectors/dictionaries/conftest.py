from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lingraft.vectors.dictionaries import Places
from lingraft.vectors.vectorset import VectorSet


def words(text: str, language: str, lowercase: bool = False) -> VectorSet:
    names = text.split()
    vectors = np.ones((len(names), 2), np.float32)
    return VectorSet(names, vectors, language=language, lowercase=lowercase)


@pytest.fixture
def places(tmp_path: Path) -> Callable[..., Places]:
    """Places whose download and corpus are both the test's folder, under the names d and c."""

    def make(source: str, target: str, lowercase: bool = False) -> Places:
        return Places(
            words(source, "eng_Latn", lowercase),
            words(target, "swh_Latn", lowercase),
            {"d": tmp_path},
            {"c": tmp_path},
        )

    return make
