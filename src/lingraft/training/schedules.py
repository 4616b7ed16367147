"""Learning rates over a stage, as a share of the peak."""

import math

from lingraft.config.optimization import Optimization


def rate(recipe: Optimization, step: int, steps: int) -> float:
    """The share of the peak learning rate at which update number `step` is made.

    Args:
        recipe: schedule, warm-up, decay and final share.
        step: 0 for the first update of the stage.
        steps: updates of the stage.
    """
    warmup = round(recipe.warmup * steps)
    if step < warmup:
        # From 1 / warmup to 1: with a rate of 0 the first update would do nothing.
        return (step + 1) / warmup
    # Never 1, because `step` ends at `steps` - 1: the last update is made above the final rate.
    progress = (step - warmup) / max(1, steps - warmup)
    final = recipe.final_learning_rate
    match recipe.schedule:
        case "constant":
            return 1.0
        case "linear":
            return 1.0 - (1.0 - final) * progress
        case "cosine":
            return final + (1.0 - final) * 0.5 * (1.0 + math.cos(math.pi * progress))
        case "wsd":
            decay = max(1, round(recipe.decay * steps))
            remaining = min(1.0, (steps - step) / decay)
            return final + (1.0 - final) * remaining
