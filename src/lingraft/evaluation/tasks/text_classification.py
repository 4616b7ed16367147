"""Any labelled texts, by fine-tuning."""

from typing import Literal

from lingraft.evaluation.fine_tuning.classification import Classification
from lingraft.evaluation.task import register


@register
class TextClassification(Classification):
    """Classification of texts, fine-tuned: `{"text", "label"}`."""

    name = "text_classification"
    about = "Any labelled texts, by fine-tuning."
    title = "classification"
    packages = ("scikit-learn",)
    dataset = "topics"

    mode: Literal["in_language", "zero_shot"] = "in_language"
    """Train in each language, or in `train_language` alone."""

    def protocol(self) -> str:
        """The id says which languages are trained on."""
        return f"text_classification/{self.mode}"
