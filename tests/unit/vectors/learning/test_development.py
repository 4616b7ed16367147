"""A development set is read with care, and scores what it says."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from lingraft.errors import InputError
from lingraft.vectors.learning.development import read_judgements
from lingraft.vectors.vectorset import VectorSet


def vectors(count: int = 40) -> VectorSet:
    values = np.random.default_rng(0).normal(size=(count, 6)).astype(np.float32)
    return VectorSet([f"w{number}" for number in range(count)], values)


def written(folder: Path, text: str) -> Path:
    path = folder / "development.tsv"
    path.write_text(text, "utf-8")
    return path


def test_judged_pairs_give_spearmans_correlation(tmp_path: Path) -> None:
    lines = [f"w{i}\tw{i + 1}\t{(7 * i) % 12}" for i in range(20)]
    path = written(tmp_path, "\n".join([*lines, "w1\tunknown\t3", ""]))
    found = vectors()
    units = found.vectors_WE / np.linalg.norm(found.vectors_WE, axis=1, keepdims=True)
    expected = spearmanr(
        [units[i] @ units[i + 1] for i in range(20)], [(7 * i) % 12 for i in range(20)]
    )
    assert read_judgements(path).score(found) == pytest.approx(expected.statistic)


def test_synonyms_give_the_mean_reciprocal_rank(tmp_path: Path) -> None:
    path = written(tmp_path, "\n".join(f"w{i}\tw{i + 1}" for i in range(20)))
    found = vectors()
    units = found.vectors_WE / np.linalg.norm(found.vectors_WE, axis=1, keepdims=True)
    reciprocal = []
    for i in range(20):
        order = [int(j) for j in np.argsort(-(units @ units[i])) if j != i]
        reciprocal.append(1 / (1 + order.index(i + 1)))
    assert read_judgements(path).score(found) == pytest.approx(np.mean(reciprocal))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\tx\n", "line 1: its third column is not a number"),
        ("a\tb\nc\n", "line 2 has 1 columns"),
        ("a\tb\t1\nc\td\n", "line 2 has 2 columns"),
        ("\n", "is empty"),
    ],
)
def test_a_table_that_is_not_one_names_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_judgements(written(tmp_path, text))


def test_too_few_known_pairs_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "w1\tw2\n" * 9 + "w1\tunknown\n")
    with pytest.raises(InputError, match="has 9 pairs of words with vectors; at least 10"):
        read_judgements(path).score(vectors())
    with pytest.raises(InputError, match="does not exist"):
        read_judgements(tmp_path / "nothing.tsv")
