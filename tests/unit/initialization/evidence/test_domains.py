"""The distance of vectors from the text that a model learns: by chance, and of other domains."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lingraft.artifacts import new_artifact
from lingraft.corpus.documents import Document, write_lines
from lingraft.initialization.evidence.domains import divergence, measure_domains
from lingraft.vectors.vectorset import VectorSet

WORDS = [f"w{i}" for i in range(1000)]
SHARES_W = 1 / np.arange(1.0, 1001)
SHARES_W /= SHARES_W.sum()


def vectors(words: Sequence[str] = WORDS, **options: object) -> VectorSet:
    options = {"language": "swh_Latn", **options}
    return VectorSet(list(words), np.zeros((len(words), 2), np.float32), **options)  # type: ignore[arg-type]


def corpus(root: Path, words: Sequence[str], size: int, language: str = "swh_Latn") -> Path:
    """Texts of ten words each, with Zipf's law over these words."""
    drawn = np.random.default_rng(1).choice(words, size=(size // 10, 10), p=SHARES_W)
    documents = [Document(str(i), " ".join(row)) for i, row in enumerate(drawn)]
    folder = root / f"news-{size}-{language}"
    with new_artifact(folder, "corpus", facts={"language": language}) as staging:
        write_lines(staging / "train.jsonl.zst", documents)
    return folder


def test_the_divergence_is_that_of_the_formula() -> None:
    """One of two words is shared: each side is half a bit from the middle."""
    assert divergence(np.array([1.0, 1.0, 0.0]), np.array([0, 5, 5])) == pytest.approx(0.5)
    assert divergence(np.array([2.0, 1.0]), np.array([4, 2])) == pytest.approx(0, abs=1e-12)
    assert divergence(np.array([1.0]), np.array([0])) == 1


@pytest.mark.parametrize("size", [500, 20_000])
@pytest.mark.parametrize("counts", [True, False])
def test_a_sample_of_the_same_text_is_as_far_as_chance(
    size: int, counts: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counts_W = (SHARES_W * 1e6).astype(np.int64) if counts else None
    own = corpus(tmp_path, WORDS, size)
    [found] = measure_domains([("swahili", vectors(counts_W=counts_W))], [own])
    assert found["divergence"] == pytest.approx(found["by_chance"], abs=0.03)
    assert (found["words"], found["known"]) == (size, 1)
    assert not caplog.messages


def test_kept_distances_are_the_measured_ones_and_warn_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = corpus(tmp_path, WORDS[::-1], 5000)
    kept = tmp_path / "kept" / "domains.json"
    measured = measure_domains([("swahili", vectors())], [own])
    first = measure_domains([("swahili", vectors())], [own], kept)
    caplog.clear()
    monkeypatch.setattr("lingraft.initialization.evidence.domains._drawn", None)  # reads no text
    with caplog.at_level(logging.WARNING):
        second = measure_domains([("swahili", vectors())], [own], kept)
    assert first == second == [{**values, "corpora": [own.name]} for values in measured]
    [line] = caplog.messages
    assert "another domain" in line


def test_another_domain_is_one_clear_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        own = corpus(tmp_path, WORDS[::-1], 5000)
        [found] = measure_domains([("swahili", vectors())], [own])
    assert found["corpora"] == (own.name,)
    [line] = caplog.messages
    assert line.startswith(
        "the text of the vectors swahili is of another domain than the corpus news-5000-swh_Latn: "
    )
    assert "learn the vectors from news-5000-swh_Latn" in line


def test_only_text_of_the_same_language_is_compared(tmp_path: Path) -> None:
    other = corpus(tmp_path, WORDS, 500, language="hau_Latn")
    assert measure_domains([("a", vectors()), ("b", vectors(language=None))], [other]) == []
    assert measure_domains([("a", vectors())], []) == []


def test_vectors_that_know_no_word_are_as_far_as_can_be(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = corpus(tmp_path, WORDS, 500)
    [found] = measure_domains([("a", vectors(["x", "y"]))], [own])
    assert (found["divergence"], found["known"]) == (1, 0)
    assert found["by_chance"] < 0.1
    assert len(caplog.messages) == 1
