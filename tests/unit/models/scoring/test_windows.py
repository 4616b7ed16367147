"""Masks of documents, and windows of a causal model."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.models.scoring.windows import LossWindow, causal_windows, masked_windows

PIECES = [([2, *range(5, 25), 3], [1] + [0] * 20 + [1]), ([2, 30, 3], [1, 0, 1])]


DRAW: dict[str, Any] = {"mask_probability": 0.15, "seed": 0, "mask_id": 4, "vocabulary": 65}


def masked(name: str, seed: int = 0) -> list[LossWindow]:
    return masked_windows(0, PIECES, name, **DRAW | {"seed": seed})


def test_masks_depend_on_the_seed_and_the_document_alone() -> None:
    assert masked("a") == masked("a")
    assert masked("a") != masked("b")
    assert masked("a") != masked("a", seed=1)


def test_masks_have_the_usual_shares_and_spare_special_tokens() -> None:
    counts = {"mask": 0, "same": 0, "other": 0, "free": 0}
    for n in range(3000):
        for window, (ids, special) in zip(masked(str(n)), PIECES, strict=True):
            for given_id, seen, label, is_special in zip(
                ids, window.inputs, window.labels, special, strict=True
            ):
                if label == -100:
                    assert seen == given_id
                    counts["free"] += not is_special
                    continue
                assert label == given_id
                assert not is_special
                kind = "mask" if seen == 4 else "same" if seen == given_id else "other"
                counts[kind] += 1
    predicted = counts["mask"] + counts["same"] + counts["other"]
    # One draw in 33 documents has no token below the threshold and takes its smallest.
    assert predicted / (predicted + counts["free"]) == pytest.approx(0.15, abs=0.01)
    assert counts["mask"] / predicted == pytest.approx(0.8, abs=0.02)
    assert counts["other"] / predicted == pytest.approx(0.1, abs=0.02)


def test_the_shortest_document_has_one_prediction() -> None:
    for n in range(50):
        (window,) = masked_windows(0, PIECES[1:], str(n), **DRAW)
        assert [label != -100 for label in window.labels] == [False, True, False]


@given(st.lists(st.integers(1, 60), max_size=60), st.integers(1, 20))
def test_causal_windows_predict_every_token_once_in_order(ids: list[int], length: int) -> None:
    windows = causal_windows(0, ids, 99, length)
    assert [label for w in windows for label in w.labels if label != -100] == ids
    assert all(len(w.inputs) == len(w.labels) <= length for w in windows)
    if len(ids) > length:
        assert all(len(w.inputs) == length for w in windows)
    stream = [99, *ids]
    for window in windows:
        for position, label in enumerate(window.labels):
            if label != -100:
                at = stream.index(window.inputs[0]) if len(set(stream)) == len(stream) else None
                assert at is None or stream[at + position + 1] == label
