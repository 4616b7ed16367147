"""What a task finds: scores, one record for each test item, and notes for the reader."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

MODEL = "model"  # the `system` of a score that belongs to the evaluated model itself

# In the note of a source model's score: an unknown token is cheap to predict.
TOO_FEW_BITS = "the bits per byte are too few"

Direction = Literal["up", "down", "none"]
Prediction = Mapping[str, Any]


@dataclass(frozen=True)
class Score:
    """One number, or the reason why there is none.

    `value` is None exactly where the language could not be measured; `note` then says why.
    """

    language: str  # swh_Latn, or eng_Latn-swh_Latn where a task joins two
    metric: str  # accuracy@1, bits_per_byte, macro_f1, ...
    value: float | None
    n: int  # test items behind the number
    better: Direction = "up"
    split: str = "valid"
    system: str = MODEL  # or the trivial baseline that the number belongs to
    setting: str = ""  # what else distinguishes it within the task: direction, transfer mode, ...
    seed: int = 0  # of fine-tuning or of masks; the model's own seed is in its path
    standard_error: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.value is not None and not math.isfinite(self.value):
            # A frozen dataclass refuses assignments. object.__setattr__ avoids the check; here the
            # object is still being made.
            object.__setattr__(self, "note", f"{self.note} value was {self.value}".strip())
            object.__setattr__(self, "value", None)


@dataclass(frozen=True)
class Outcome:
    """What a task returns: its scores, one record for each test item, notes for the reader."""

    scores: Sequence[Score]
    predictions: Sequence[Prediction] = ()
    notes: Sequence[str] = ()


def joined(parts: Iterable[Outcome]) -> Outcome:
    """The outcomes of several languages or trainings as one; a note that repeats is kept once."""
    scores: list[Score] = []
    predictions: list[Prediction] = []
    notes: dict[str, None] = {}
    for part in parts:
        scores += part.scores
        predictions += part.predictions
        notes |= dict.fromkeys(part.notes)
    return Outcome(scores, predictions, list(notes))


def not_measured(language: str, metric: str, reason: str, note: str = "", **rest: Any) -> Outcome:
    """The outcome of a language that could not be measured: one empty score, and a note.

    Args:
        language: as the score names it.
        metric: the task's main metric.
        reason: tells the reader why.
        note: the same in more words, for the notes; else they have the reason.
        rest: other fields of the score.
    """
    where = ", ".join(filter(None, (language, rest.get("setting"))))
    score = unmeasured(language, metric, reason, **rest)
    return Outcome([score], notes=[f"{where}: {note or reason}"])


def binomial_error(share: float, n: int) -> float:
    """Standard error of a share of `n` independent items, sqrt(p (1 - p) / n)."""
    return math.sqrt(share * (1 - share) / n)


def unmeasured(language: str, metric: str, reason: str, **rest: Any) -> Score:
    """The score of a language that a task could not measure.

    Args:
        language: as scores name it.
        metric: the task's main metric.
        reason: says why; it becomes the score's note.
        rest: other fields of the score.
    """
    return Score(
        language=language, metric=metric, value=None, n=rest.pop("n", 0), note=reason, **rest
    )
