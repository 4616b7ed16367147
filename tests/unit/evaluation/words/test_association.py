"""WEAT on groups whose association is known."""

import numpy as np
import pytest

from lingraft.evaluation.words.association import weat


def groups(strength: float, size: int = 8) -> tuple[np.ndarray, ...]:
    generator = np.random.default_rng(5)
    one, other = np.eye(20)[0], np.eye(20)[1]

    def around(direction: np.ndarray) -> np.ndarray:
        return strength * direction + generator.normal(size=(size, 20))

    return around(one), around(other), around(one), around(other)


def test_by_the_formula_and_by_all_partitions() -> None:
    x, y, a, b = groups(1.0, size=4)

    def s(word: np.ndarray) -> float:
        def cosine(v: np.ndarray) -> float:
            return float(word @ v / np.linalg.norm(word) / np.linalg.norm(v))

        return float(np.mean([cosine(v) for v in a]) - np.mean([cosine(v) for v in b]))

    s_x, s_y = [s(word) for word in x], [s(word) for word in y]
    found = weat(x, y, a, b)
    expected = (np.mean(s_x) - np.mean(s_y)) / np.std(s_x + s_y, ddof=1)
    assert found.effect == pytest.approx(expected, abs=1e-12)
    assert found.is_exact
    assert weat(y, x, a, b).effect == pytest.approx(-expected, abs=1e-12)


def test_a_planted_association_is_certain_and_none_is_not() -> None:
    planted = weat(*groups(3.0))
    assert planted.effect > 1.5
    assert planted.p < 0.01
    assert weat(*groups(0.0)).p > 0.02


def test_many_partitions_are_drawn() -> None:
    found = weat(*groups(3.0, size=12))
    assert not found.is_exact
    assert 0 < found.p < 0.001
