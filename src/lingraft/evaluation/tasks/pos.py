"""Parts of speech, by fine-tuning."""

from lingraft.evaluation.fine_tuning.tagging import Tagging
from lingraft.evaluation.task import register


@register
class Pos(Tagging):
    """Parts of speech, by fine-tuning: `{"words", "tags"}`, or CoNLL files."""

    name = "pos"
    about = "Parts of speech by fine-tuning: token accuracy, and the papers' seqeval F1."
    title = "POS"
