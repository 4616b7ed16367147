"""What counts as the best held-out loss, and when a training is over."""

import math

from lingraft.config.pretraining import EarlyStopping, Pretraining
from lingraft.training.progress import Progress


def test_a_loss_that_is_not_a_number_is_never_the_best() -> None:
    """A checkpoint cannot store it, and no later loss would be below it."""
    progress = Progress(step=1)
    losses = (math.nan, math.inf, 3.0, math.nan, 2.0)
    assert [progress.note_evaluation(loss, None) for loss in losses] == [
        False, False, True, False, True,
    ]  # fmt: skip
    assert progress.best_loss == 2.0


def test_small_gains_count_for_nothing() -> None:
    progress, stopping = Progress(step=1), EarlyStopping(minimum_improvement=0.5)
    gains = [progress.note_evaluation(loss, stopping) for loss in (3.0, 2.6, 2.4)]
    assert gains == [True, False, True]
    assert progress.evaluations_without_gain == 0


def test_a_training_is_over_at_its_last_step_or_without_patience() -> None:
    recipe = Pretraining(steps=3, early_stopping=EarlyStopping(patience=2))
    assert [Progress(step=n).is_over(recipe) for n in (2, 3)] == [False, True]
    assert [Progress(evaluations_without_gain=n).is_over(recipe) for n in (1, 2)] == [False, True]
