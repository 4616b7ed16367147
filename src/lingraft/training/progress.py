"""How far a training has come: what a checkpoint stores besides tensors."""

import math
from dataclasses import dataclass, field
from typing import Any

from lingraft.config.pretraining import EarlyStopping, Pretraining


@dataclass
class Progress:
    """What a checkpoint stores besides tensors."""

    step: int = 0
    samples: int = 0
    tokens: int = 0
    seconds: float = 0.0
    joules: float = 0.0
    cpu_seconds: float = 0.0  # of all processes
    window_nats: float = 0.0  # since the last line of the log
    window_predictions: int = 0
    gradient_norm: float = 0.0
    best_loss: float | None = None
    best_step: int | None = None
    evaluations_without_gain: int = 0
    stability: dict[str, Any] = field(default_factory=dict)
    micro_batch: int = 0  # rows of a forward pass in this stage
    optimizer_steps: int = 0
    scaler: dict[str, float] = field(default_factory=dict)
    optimizer_digest: str = ""
    finished: bool = False

    def note_evaluation(self, loss: float, stopping: EarlyStopping | None) -> bool:
        """Note a held-out loss; whether it is the best so far, by the margin of early stopping."""
        margin = stopping.minimum_improvement if stopping else 0.0
        best = math.inf if self.best_loss is None else self.best_loss - margin
        if loss < best:
            self.best_loss, self.best_step = loss, self.step
            self.evaluations_without_gain = 0
            return True
        self.evaluations_without_gain += 1
        return False

    def is_over(self, recipe: Pretraining) -> bool:
        """Whether all steps are done, or early stopping ends the training."""
        stopping = recipe.early_stopping
        if stopping and self.evaluations_without_gain >= stopping.patience:
            return True
        return self.step >= recipe.total_steps
