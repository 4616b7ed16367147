"""Taxi1500: topics of Bible verses, as the papers' code or as their text has it."""

from typing import Literal

from pydantic import Field

from lingraft.evaluation.fine_tuning.recipe import Quirks
from lingraft.evaluation.task import register
from lingraft.evaluation.tasks.text_classification import TextClassification


@register
class Taxi1500(TextClassification):
    """Topics of Bible verses (the corpus is given on request only)."""

    name = "taxi1500"
    about = "Topics of Bible verses by fine-tuning."
    title = "Taxi1500"

    learning_rate: float = Field(default=1e-5, gt=0)
    """Peak learning rate (ofa 1e-5, glot500 2e-5)."""
    epochs: int = Field(default=40, ge=1)
    """Passes over the training set (ofa 40, glot500 30)."""
    batch_size: int = Field(default=8, ge=1)
    """Examples in a step."""
    maximum_length: int = Field(default=100, ge=8)
    """Tokens that the model reads of a verse."""
    warmup: float = Field(default=0.0, ge=0, lt=1)
    """Share of the steps in which the learning rate rises."""
    mode: Literal["in_language", "zero_shot"] = "zero_shot"
    """The papers train on English alone."""
    compat: Literal["correct", "ofa", "glot500"] = "correct"
    """ofa: as its script does, every other batch is thrown away and the schedule stops half-way.
    glot500: best by development loss, and macro-F1 averaged over test batches of 8. The two
    papers' numbers are thus not comparable with each other."""

    @property
    def quirks(self) -> Quirks:
        """The papers' code differs from the task as they describe it."""
        return self.compat

    def protocol(self) -> str:
        """The id says whose code is followed, and which languages are trained on."""
        return f"taxi1500/{self.compat}-{self.mode}"
