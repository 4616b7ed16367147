"""The tasks, one file each; importing this package registers them.

- `language_model`: loss on held-out text.
- `retrieval`: finding the translation of a sentence; `sr_t`, `sr_b`: on the papers' data.
- `topics`: a probe on frozen vectors.
- `mteb`, `lm_harness`: tasks of other packages.
- `xnli`, `text_classification`, `taxi1500`, `ner`, `pos`: fine-tuned.
- `limit`: can single vectors tell all pairs of a few documents apart?
- `efficiency`: what a forward pass costs.
- `tokenizer`: how well a vocabulary fits a language.
- `lexicon`: translating words through aligned vectors.

Adding a task: write its file, and name it in `_MODULES`, whose order is that of the configuration.
"""

from importlib import import_module

from lingraft.evaluation.task import TASKS, metric_of, title_of

__all__ = ["TASKS", "metric_of", "title_of"]

_MODULES = (
    "language_model", "retrieval", "sr_t", "sr_b", "topics", "mteb", "xnli", "ner", "pos",
    "text_classification", "taxi1500", "limit", "efficiency", "lm_harness", "tokenizer", "lexicon",
)  # fmt: skip

for _module in _MODULES:
    import_module(f"{__name__}.{_module}")
