"""Quality on held-out rows: ranks by counting, intervals by hand, and the verdict."""

import numpy as np
import pytest

from lingraft.initialization.generation import quality
from lingraft.initialization.generation.quality import (
    compared,
    measured_rows,
    quality_of,
    sentence,
    similarities,
)
from lingraft.initialization.networks.basis import Basis


def test_ranks_are_those_of_a_slow_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "_BLOCK", 3)
    draw = np.random.default_rng(0)
    rows_CD, predicted_MD = draw.normal(size=(20, 4)), draw.normal(size=(7, 4))
    own_M = draw.permutation(20)[:7]
    cosine_M, rank_M = similarities(predicted_MD, rows_CD, own_M)
    for row, (predicted, own) in enumerate(zip(predicted_MD, own_M, strict=True)):
        cosines = rows_CD @ predicted / np.linalg.norm(rows_CD, axis=1) / np.linalg.norm(predicted)
        assert cosine_M[row] == pytest.approx(cosines[own], abs=1e-6)
        assert rank_M[row] == 1 + sum(cosines > cosines[own] + 1e-6)


def test_differences_are_paired() -> None:
    found = compared(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0]))
    assert found == {"value": 2.0, "fvt": 1.0, "difference": 1.0, "interval": [1.0, 1.0]}
    low, high = compared(np.array([1.0, 0.0]), np.array([0.0, 0.0]))["interval"]
    half = 1.96 * np.sqrt(0.5) / np.sqrt(2)
    assert (low, high) == (pytest.approx(0.5 - half), pytest.approx(0.5 + half))


@pytest.mark.parametrize(
    ("noise", "fvt_noise", "verdict", "words"),
    [
        (0.1, 3.0, "better", "is better than FVT"),
        (3.0, 0.1, "worse", "is WORSE than FVT"),
        (1.0, 1.0, "undecided", "is not shown to be better than FVT"),
    ],
)
def test_a_generator_that_is_worse_than_fvt_says_so(
    noise: float, fvt_noise: float, verdict: str, words: str
) -> None:
    draw = np.random.default_rng(3)
    rows_SX = draw.normal(size=(60, 9)).astype(np.float32)
    basis = Basis(rows_SX, {"embeddings": 8, "bias": 1})
    held_out_M = np.arange(0, 60, 2)
    same = draw.normal(size=(30, 9))
    predicted_MX, fvt_MX = (
        rows_SX[held_out_M] + size * (same if noise == fvt_noise else draw.normal(size=(30, 9)))
        for size in (noise, fvt_noise)
    )
    found = quality_of(basis, predicted_MX, fvt_MX, held_out_M, np.arange(60))
    assert found["verdict"] == verdict and found["tokens"] == 30
    assert found["bias"]["error"]["value"] >= 0 and found["bias"]["error"]["fvt"] >= 0
    said = sentence("generator toy", found)
    assert words in said and "30 held-out source tokens" in said and "cosine of embeddings" in said


def test_many_tokens_are_measured_in_part() -> None:
    assert measured_rows(5).tolist() == [0, 1, 2, 3, 4]
    places = measured_rows(10 * quality.MOST)
    assert len(places) == len(set(places.tolist())) == quality.MOST and places[-1] == 19_999
