"""SR-T: sentence retrieval on Tatoeba, as OFA and Glot500 run it."""

from typing import Literal

from lingraft.evaluation.task import register
from lingraft.evaluation.tasks.retrieval import PaperRetrieval


@register
class TatoebaRetrieval(PaperRetrieval):
    """SR-T: Tatoeba sentences, up to 1,000 for a language."""

    name = "sr_t"
    about = "Sentence retrieval on Tatoeba, as OFA and Glot500 have it."
    title = "SR-T"

    benchmark: Literal["sr-t"] = "sr-t"
    """The name by which it joins published numbers."""
