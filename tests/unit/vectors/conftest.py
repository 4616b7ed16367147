"""Planted spaces: a source, a rotated and shuffled copy of it, and the dictionary between them."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from lingraft.artifacts import new_artifact
from lingraft.vectors.dictionaries.dictionary import DictionaryInputs
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import WordPair

sys.path.insert(0, str(Path(__file__).parent))  # cipher_languages.py


@dataclass(frozen=True)
class Planted:
    """Two spaces in which word `s<i>` translates to `t<i>`."""

    source: VectorSet
    target: VectorSet
    rotation_EE: np.ndarray

    def pairs(self, start: int, stop: int) -> list[WordPair]:
        return [WordPair(f"s{i}", f"t{i}") for i in range(start, stop)]


@pytest.fixture
def plant() -> Callable[..., Planted]:
    """A planted space: clustered vectors with a falling spectrum, target order shuffled."""

    def make(words: int = 400, dimension: int = 20, noise: float = 0.0, seed: int = 0) -> Planted:
        generator = np.random.default_rng(seed)
        spectrum_E = np.linspace(1, 0.25, dimension)
        centers = generator.normal(size=(20, dimension)) * spectrum_E
        own = 0.6 * generator.normal(size=(words, dimension)) * spectrum_E
        source_NE = centers[generator.integers(0, 20, words)] + own
        rotation_EE = np.linalg.qr(generator.normal(size=(dimension, dimension)))[0]
        noise_NE = noise * generator.normal(size=(words, dimension)) * spectrum_E
        target_NE = (source_NE + noise_NE) @ rotation_EE
        order = generator.permutation(words)
        return Planted(
            VectorSet(
                [f"s{i}" for i in range(words)],
                source_NE.astype(np.float32),
                np.arange(words, 0, -1),
                language="eng_Latn",
            ),
            VectorSet(
                [f"t{i}" for i in order],
                target_NE[order].astype(np.float32),
                np.arange(words, 0, -1),
                language="swh_Latn",
            ),
            rotation_EE,
        )

    return make


def _words(text: str, language: str, lowercase: bool = False) -> VectorSet:
    names = text.split()
    vectors = np.ones((len(names), 2), np.float32)
    return VectorSet(names, vectors, language=language, lowercase=lowercase)


@pytest.fixture
def places(tmp_path: Path) -> Callable[..., DictionaryInputs]:
    """Inputs whose download and corpus are both the test's folder, under the names d and c."""

    def make(source: str, target: str, lowercase: bool = False) -> DictionaryInputs:
        return DictionaryInputs(
            _words(source, "eng_Latn", lowercase),
            _words(target, "swh_Latn", lowercase),
            {"d": tmp_path},
            {"c": tmp_path},
        )

    return make


@pytest.fixture(scope="session")
def tiny_teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model artifact: two layers with random weights, and the tokenizer of tests/data."""
    import torch
    from transformers import BertConfig, BertForMaskedLM

    tiny = Path(__file__).parents[2] / "data" / "tiny-model"
    folder = tmp_path_factory.mktemp("teacher") / "model"
    torch.manual_seed(0)
    with new_artifact(folder, "model") as output:
        BertForMaskedLM(BertConfig.from_pretrained(tiny)).save_pretrained(output)
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(tiny / name, output)
    return folder
