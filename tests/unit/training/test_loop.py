"""What counts as the best held-out loss."""

import math
from types import SimpleNamespace
from typing import Any

from lingraft.config.pretraining import Pretraining
from lingraft.training.loop import Progress, Training


def training(**recipe: Any) -> Training:
    made = Training.__new__(Training)
    made.job = SimpleNamespace(recipe=Pretraining(steps=1, **recipe))  # type: ignore[assignment]
    made.progress = Progress(step=1)
    return made


def test_a_loss_that_is_no_number_is_never_the_best() -> None:
    """It could not stand in a checkpoint, and no later loss would be below it."""
    made = training()
    assert [made._is_gain(loss) for loss in (math.nan, math.inf, 3.0, math.nan, 2.0)] == [
        False, False, True, False, True,
    ]  # fmt: skip
    assert made.progress.best_loss == 2.0


def test_small_gains_count_for_nothing() -> None:
    made = training(early_stopping={"minimum_improvement": 0.5})
    assert [made._is_gain(loss) for loss in (3.0, 2.6, 2.4)] == [True, False, True]
    assert made.progress.evaluations_without_gain == 0
