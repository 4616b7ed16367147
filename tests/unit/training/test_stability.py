"""Spikes are told from noise; a few lost updates are borne, many are not."""

import json

import numpy as np
import pytest

from lingraft.errors import DivergedError
from lingraft.training.stability import WINDOW, Stability


def settled() -> Stability:
    stability = Stability()
    for step, loss in enumerate(np.random.default_rng(0).normal(3.0, 0.1, WINDOW)):
        stability.note(step, float(loss), True)
    return stability


def test_spikes() -> None:
    stability = settled()
    assert not stability.is_spike(3.3)
    assert stability.is_spike(4.0)
    assert not stability.is_spike(0.5)  # falling is no spike
    assert not Stability().is_spike(100.0)  # nothing to compare with yet


def test_four_in_a_row_are_too_many() -> None:
    stability = settled()
    for step in range(3):
        stability.note(200 + step, float("nan"), False)
    with pytest.raises(DivergedError, match="4 updates in a row"):
        stability.note(203, float("nan"), False)


def test_eleven_of_a_thousand_are_too_many_but_old_ones_are_forgotten() -> None:
    stability = settled()
    for number in range(30):
        stability.note(200 * number, float("nan"), False)
        stability.note(200 * number + 1, 3.0, True)
    with pytest.raises(DivergedError, match="of the last 1000"):
        for number in range(11):
            stability.note(10_000 + 2 * number, float("nan"), False)
            stability.note(10_001 + 2 * number, 3.0, True)


def test_state_survives_a_checkpoint() -> None:
    stability = settled()
    stability.note(500, float("nan"), False)
    restored = Stability.from_json(json.loads(json.dumps(stability.to_json())))
    assert restored == stability
