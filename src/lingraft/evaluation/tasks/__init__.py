"""The tasks, one file each; importing this package registers them.

language_model.py       loss on held-out text
agreement.py            minimal pairs of subject-verb agreement
lang_game.py            questions about the letters of words
samples.py              texts that a decoder generates, to be read
dynamic_decoding.py     a decoder with a far larger vocabulary, whose rows are not stored
retrieval.py            finding the translation of a sentence; the base of the papers' tasks
sr_t.py                 retrieval on Tatoeba
sr_b.py                 retrieval on verses of the Bible
robustness.py           noised texts find themselves
reranking.py            ordering a query's candidates, plain and by a listwise prompt
topics.py               a classifier on frozen vectors
mteb.py                 tasks of mteb
xnli.py                 natural language inference, fine-tuned
ner.py                  named entities, fine-tuned
pos.py                  parts of speech, fine-tuned
text_classification.py  any labelled texts, fine-tuned
taxi1500.py             topics of Bible verses, fine-tuned
embedding_space.py      how vectors fill the space: anisotropy, hubness and the like
limit.py                can single vectors separate all pairs of a few documents?
efficiency.py           what a forward pass costs
lm_harness.py           tasks of lm-evaluation-harness
tokenizer.py            how well a vocabulary fits a language
lexicon.py              translating words through aligned vectors
word_retrieval.py       finding the translation of a sentence by aligned word vectors
word_similarity.py      do vectors order pairs of words as people do?
word_analogies.py       a : b = c : ?
word_tagging.py         tags of words from frozen vectors of a window
word_topics.py          topics of pages from frozen word vectors
word_associations.py    WEAT: which words lie nearer to which attributes
explicit_concepts.py    texts in a space of named concepts, learned on frozen word vectors

Adding a task: write its file, and name it in `_MODULES`, whose order is that of the configuration.
"""

from importlib import import_module

from lingraft.evaluation.task import TASKS, metric_of, title_of

__all__ = ["TASKS", "metric_of", "title_of"]

_MODULES = (
    "language_model", "agreement", "lang_game", "samples", "dynamic_decoding", "retrieval", "sr_t",
    "sr_b", "robustness", "reranking", "topics", "mteb", "xnli", "ner", "pos",
    "text_classification", "taxi1500", "embedding_space", "limit", "efficiency", "lm_harness",
    "tokenizer", "lexicon",
    "word_retrieval", "word_similarity", "word_analogies", "word_associations", "word_tagging",
    "word_topics", "explicit_concepts",
)  # fmt: skip

for _module in _MODULES:
    import_module(f"{__name__}.{_module}")
