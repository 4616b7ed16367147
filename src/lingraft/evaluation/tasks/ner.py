"""Named entities, by fine-tuning."""

from lingraft.evaluation.fine_tuning.tagging import Tagging
from lingraft.evaluation.task import register


@register
class Ner(Tagging):
    """Named entities, by fine-tuning: `{"words", "tags"}`, or CoNLL files."""

    name = "ner"
    about = "Named entities by fine-tuning: seqeval F1 and token accuracy."
    title = "NER"
