"""What to do about losses that are not finite, or far above the earlier ones."""

import math
import statistics
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from lingraft.errors import DivergedError

WINDOW = 128
SPIKE = 6.0  # robust deviations
LIMIT_IN_A_ROW = 3
LIMIT_OF_1000 = 10
_DEVIATION_OF_MEDIAN = 1.4826  # median absolute deviation -> standard deviation of a normal


@dataclass
class Stability:
    """Counts skipped updates and knows the recent losses; part of the checkpoint."""

    losses: list[float] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)  # steps, of the last 1000
    in_a_row: int = 0

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        return cls(**content)

    def to_json(self) -> dict[str, Any]:
        """For the checkpoint."""
        return asdict(self)

    def is_spike(self, loss: float) -> bool:
        """Whether a finite loss is more than six robust deviations above the recent median."""
        if len(self.losses) < WINDOW or not math.isfinite(loss):
            return False
        median = statistics.median(self.losses)
        spread = statistics.median(abs(value - median) for value in self.losses)
        # Equal losses have a spread of 0, with which the smallest rise would be a spike.
        return loss > median + SPIKE * _DEVIATION_OF_MEDIAN * max(spread, 1e-6)

    def note(self, step: int, loss: float, finite: bool) -> None:
        """Take note of a step.

        Args:
            step: its number, from 1.
            loss: of the global batch, nats per prediction.
            finite: whether the update was made.

        Raises:
            DivergedError: too many updates had to be skipped.
        """
        if finite:
            self.in_a_row = 0
            self.losses = [*self.losses[-(WINDOW - 1) :], loss]
            return
        self.in_a_row += 1
        self.skipped = [*(s for s in self.skipped if s > step - 1000), step]
        if self.in_a_row > LIMIT_IN_A_ROW or len(self.skipped) > LIMIT_OF_1000:
            raise DivergedError(
                f"training diverged at step {step}: {self.in_a_row} updates in a row and "
                f"{len(self.skipped)} of the last 1000 were not finite; lower learning_rate, or "
                "lengthen warmup"
            )
