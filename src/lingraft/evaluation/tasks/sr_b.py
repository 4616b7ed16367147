"""SR-B: sentence retrieval on verses of the Bible, as OFA and Glot500 run it."""

from typing import Literal

from lingraft.evaluation.task import register
from lingraft.evaluation.tasks.retrieval import PaperRetrieval


@register
class BibleRetrieval(PaperRetrieval):
    """SR-B: verses of the Bible, up to 500 for a language."""

    name = "sr_b"
    about = "Sentence retrieval on Bible verses, as OFA and Glot500 have it."
    title = "SR-B"

    benchmark: Literal["sr-b"] = "sr-b"
    """The name by which it joins published numbers."""
