"""XNLI: does a premise entail a hypothesis, contradict it, or neither?"""

from typing import Literal

from lingraft.evaluation.fine_tuning.classification import Classification
from lingraft.evaluation.task import register


@register
class Xnli(Classification):
    """Natural language inference, fine-tuned: `{"premise", "hypothesis", "label"}`.

    This is the papers' three-way task and not mteb's similarity task of that name."""

    name = "xnli"
    about = "Natural language inference by fine-tuning."
    title = "XNLI"
    dataset = "nli"
    main_metric = "accuracy"
    needs_pairs = True

    mode: Literal["translate_train", "zero_shot", "translate_test"] = "translate_train"
    """translate_train trains in each language; zero_shot trains in `train_language` alone;
    translate_test does too, and the test sets are translations into it."""

    def protocol(self) -> str:
        """The id says which languages are trained on."""
        return f"xnli_finetune/{self.mode}"
