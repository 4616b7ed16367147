"""Learning rates begin, peak and end where they should."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.config.pretraining import Pretraining
from lingraft.training.schedules import rate


def course(steps: int = 100, **settings: Any) -> list[float]:
    recipe = Pretraining(steps=steps, **settings)
    return [rate(recipe, step, steps) for step in range(steps)]


@pytest.mark.parametrize("schedule", ["linear", "cosine", "wsd", "constant"])
def test_warm_up_is_linear_and_reaches_the_peak(schedule: str) -> None:
    rates = course(schedule=schedule, warmup=0.1)
    assert rates[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert max(rates) == pytest.approx(1.0)


def test_linear_falls_to_the_final_rate() -> None:
    rates = course(schedule="linear", warmup=0.0, final_learning_rate=0.2)
    assert rates[50] == pytest.approx(0.6)
    assert rates[-1] == pytest.approx(0.2 + 0.8 / 100)


def test_cosine_is_half_way_down_in_the_middle() -> None:
    rates = course(schedule="cosine", warmup=0.0, final_learning_rate=0.1)
    assert rates[50] == pytest.approx(0.55)
    assert rates[-1] == pytest.approx(0.1, abs=0.001)


def test_wsd_is_constant_and_then_decays() -> None:
    rates = course(schedule="wsd", warmup=0.1, decay=0.2)
    assert rates[10:80] == [1.0] * 70
    assert rates[90] == pytest.approx(0.5)
    assert rates[-1] == pytest.approx(0.05)


@given(
    steps=st.integers(1, 300),
    warmup=st.floats(0, 1),
    decay=st.floats(0, 1),
    schedule=st.sampled_from(["linear", "cosine", "wsd", "constant"]),
)
def test_rates_are_shares_of_the_peak(
    steps: int, warmup: float, decay: float, schedule: str
) -> None:
    own = {"decay": decay} if schedule == "wsd" else {}
    shares = course(steps, warmup=warmup, schedule=schedule, **own)
    assert all(0.0 <= share <= 1.0 for share in shares)
