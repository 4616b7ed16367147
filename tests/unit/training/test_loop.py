"""What counts as the best held-out loss."""

import math
from types import SimpleNamespace
from typing import Any

from lingraft.config.pretraining import Pretraining
from lingraft.training.loop import Progress, Training
from lingraft.training.parameters import Group

RATES = [("embeddings", 0.001, 0), ("body", 0.0001, 1), ("body", 0.0001, 2)]


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


def test_the_logged_rates_are_those_of_the_groups() -> None:
    """Embeddings may have a peak of their own: what is logged is what the optimizer was given."""
    made, lines = training(), []
    groups = [Group(place, f"{place}-{i}", [], peak, 0.0) for place, peak, i in RATES]
    made.engine = SimpleNamespace(groups=groups)  # type: ignore[assignment]
    made.stability = SimpleNamespace(skipped=[])  # type: ignore[assignment]
    figures = {"peak_memory_bytes": 0, "tokens_per_second": 1.0}
    made.monitor = SimpleNamespace(read=lambda: figures)  # type: ignore[assignment]
    made._write = lines.append  # type: ignore[method-assign]
    made._log(0.5, SimpleNamespace(set_postfix=lambda _: None, disable=False))
    assert lines[0]["lr"] == {"embeddings": 0.0005, "body": 0.00005}
