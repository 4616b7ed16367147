"""What is measured on every model, tokenizer and alignment: one block per task, all optional.

A task that has no block is not run. The values here are the defaults; the settings that reproduce
a paper are in config/paper/.
"""

from typing import Literal

from pydantic import Field

from lingraft.config.base import Block, Language, Name, Seed

# What is measured on every model, in this order; the others once for a tokenizer or an alignment.
MODEL_TASKS = (
    "language_model",
    "retrieval",
    "sr_t",
    "sr_b",
    "topics",
    "mteb",
    "xnli",
    "ner",
    "pos",
    "text_classification",
    "taxi1500",
    "limit",
    "efficiency",
    "lm_harness",
)

Pooling = Literal["mean", "first", "last"]


class Embedding(Block):
    """How a text becomes one vector."""

    layer: int = -1
    """Index into the hidden states: 0 the embeddings, n the output of block n, -1 the last layer.
    The papers' "layer 8" is 8."""
    pooling: Pooling = "mean"
    """Mean over the tokens, or the first or the last token."""
    special_tokens: bool = True
    """Whether special tokens (`<s>`, `[CLS]`, ...) take part in the mean."""
    maximum_length: int = Field(default=512, ge=2)
    """Tokens after which a text is cut; the model's own limit applies, too."""


class LanguageModel(Block):
    """Loss on held-out text, per document, under masks that never change."""

    documents: int | None = Field(default=1000, ge=1)
    """Held-out documents per corpus, drawn by the hash of their ids; null takes all."""
    sequence_length: int = Field(default=128, ge=8)
    """Tokens of a window; longer documents are split into windows, none is dropped."""
    mask_probability: float = Field(default=0.15, gt=0, lt=1)
    """Share of the tokens that a masked model has to predict."""
    seed: Seed = 0
    """Seed of the masks: they depend on it and on the document's id, on nothing else."""
    pseudo_documents: int = Field(default=0, ge=0)
    """Documents for pseudo-perplexity, which masks every token once and costs a pass for each."""


class Retrieval(Embedding):
    """Finding the translation of a sentence among all sentences by cosine."""

    sentences: int | None = Field(default=300, ge=2)
    """Held-out pairs per language, drawn by the hash of their ids; null takes all."""
    query_model: Literal["source", "same"] = "source"
    """Which model embeds the pivot's side: the source model, which reads its own language best, or
    the evaluated model itself, as the papers do."""
    queries: Literal["pivot", "target", "both"] = "pivot"
    """Which side is searched with; the papers search with the English sentences."""
    cutoffs: tuple[int, ...] = (1, 5, 10)
    """The k of accuracy@k."""
    unique: bool = True
    """Leave out pairs whose text occurs twice on either side: they have no single right answer.
    The papers keep them."""
    minimum_characters: int = Field(default=1, ge=1)
    """Pairs with a shorter side are left out."""


class PaperRetrieval(Retrieval):
    """Sentence retrieval as OFA and Glot500 run it, on a dataset of sentence pairs."""

    data: Name
    """The pairs, by their name in `datasets`."""
    layer: int = 8
    """Index into the hidden states; the papers take the output of the eighth block."""
    sentences: int | None = Field(default=None, ge=2)
    """Pairs per language, drawn by the hash of their ids; null takes all."""
    query_model: Literal["source", "same"] = "same"
    """The papers embed both sides with the evaluated model."""
    unique: bool = False
    """Leave out pairs whose text occurs twice on either side; the papers keep them."""
    cutoffs: tuple[int, ...] = (1, 5, 10)
    """The k of accuracy@k; the papers publish accuracy@10."""


class TatoebaRetrieval(PaperRetrieval):
    """SR-T: Tatoeba sentences, up to 1,000 for a language."""

    benchmark: Literal["sr-t"] = "sr-t"
    """The name by which it joins published numbers."""


class BibleRetrieval(PaperRetrieval):
    """SR-B: verses of the Bible, up to 500 for a language."""

    benchmark: Literal["sr-b"] = "sr-b"
    """The name by which it joins published numbers."""


class Tokenizer(Block):
    """How well a vocabulary fits a language."""

    documents: int | None = Field(default=2000, ge=1)
    """Held-out documents per corpus, drawn by the hash of their ids; null takes all."""
    words: Literal["language", "whitespace", "icu"] = "language"
    """What a word is: by the rules of the language (jieba for Chinese), by spaces, or by ICU."""
    renyi_order: float = Field(default=2.5, gt=0)
    """Order of the Rényi efficiency (2.5 is the advice of Zouhar et al. 2023)."""


class Lexicon(Block):
    """Bilingual lexicon induction with an alignment of static vectors."""

    cutoffs: tuple[int, ...] = (1, 5, 10)
    """The k of precision@k, 10 at most."""
    dictionary: str | None = None
    """Name in `--data` of a test dictionary (a pair of words a line), translated with the final
    map; without one, the alignment's own held-out folds are the only test."""
    similarity: dict[str, Literal["source", "target"]] = {}
    """Word similarity sets (names in `--data`: word, word, score) and the side they test."""
    analogies: dict[str, Literal["source", "target"]] = {}
    """Analogy sets (names in `--data`: four words a line) and the side they test."""


class Topics(Embedding):
    """Topic classification with labels from the metadata of the corpora."""

    label: str = "topic"
    """Key of the metadata that has the label; documents without it are left out."""
    excluded_labels: tuple[str, ...] = ("shared",)
    """Labels that are not a topic, such as the folder `shared` of LibreOffice's help."""
    masked_words: tuple[str, ...] = (
        "LibreOffice",
        "Writer",
        "Calc",
        "Impress",
        "Draw",
        "Math",
        "Base",
        "Chart",
        "Basic",
    )
    """Words that are deleted from the text because they reveal the label."""
    characters: int = Field(default=300, ge=1)
    """Length at which a page is cut."""
    train_pages: int | None = Field(default=400, ge=2)
    """Training pages, drawn by the hash of their ids; null takes all."""
    test_pages: int | None = Field(default=None, ge=1)
    """Held-out pages, drawn by the hash of their ids; null takes all."""
    modes: tuple[Literal["zero_shot", "in_language"], ...] = ("zero_shot", "in_language")
    """Train on the pivot's pages, on the language's own pages, or both in turn."""
    pivot_model: Literal["source", "same"] = "source"
    """Which model embeds the pivot's pages: the source model or the evaluated one."""
    languages: tuple[Language, ...] = ()
    """Languages whose corpora have labels; others are skipped. Empty: all; those without labels are
    reported as not measured."""


class Mteb(Embedding):
    """Tasks of the Massive Text Embedding Benchmark, run by the package mteb itself."""

    local: tuple[Literal["bitext", "classification"], ...] = ("bitext", "classification")
    """Tasks over the corpora's own held-out text: pairs with the pivot, and labelled pages."""
    sentences: int | None = Field(default=300, ge=2)
    """Held-out pairs of the local bitext task; null takes all."""
    minimum_characters: int = Field(default=1, ge=1)
    """Pairs with a shorter side are left out."""
    topics: Topics = Topics()
    """Which pages the local classification task takes, and their labels."""
    tasks: tuple[str, ...] = ()
    """Names from mteb's catalogue (`SIB200Classification.v3`); their data must be in the local
    Hugging Face cache before the evaluation starts."""
    benchmark: str | None = None
    """A whole benchmark of mteb by name, as `MTEB(Multilingual, v2)`."""
    languages: tuple[str, ...] = ()
    """Languages of the named tasks as mteb spells them (`swh`, `deu-Latn`); empty takes all."""
    pivot_model: Literal["source", "same"] = "source"
    """Which model embeds the pivot's sentences of the local bitext task."""


class FineTuning(Block):
    """How a model is trained on a labelled task; one training for each seed."""

    learning_rate: float = Field(default=2e-5, gt=0)
    """Peak learning rate of AdamW; it falls linearly to zero."""
    epochs: int = Field(default=2, ge=1)
    """Passes over the training set."""
    batch_size: int = Field(default=32, ge=1)
    """Examples in a step."""
    maximum_length: int = Field(default=128, ge=8)
    """Tokens that the model reads of an example."""
    warmup: float = Field(default=0.1, ge=0, lt=1)
    """Share of the steps in which the learning rate rises."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Weight decay of the matrices."""
    seeds: tuple[Seed, ...] = Field(default=(1, 2, 3, 4, 5, 6), min_length=1)
    """Seeds of head and order. Fewer than six can never show a difference at p < 0.05."""
    selection: Literal["best", "last"] = "best"
    """Keep the epoch that is best on the development set, or the last one."""
    precision: Literal["fp32", "bf16"] = "fp32"
    """bf16 computes the forward pass in bfloat16."""
    data: Name | None = None
    """The labelled texts, by their name in `datasets`. By hand, without a configuration, it may be
    left out: then `languages` names folders in `--data`."""
    languages: dict[Language, Name] = {}
    """Without `data`: language -> folder in `--data`, with train, valid (or dev) and test as JSON
    lines; empty takes every folder of `--data`, by its name."""
    train_language: Language = "eng_Latn"
    """The training language of every mode except translate_train."""
    train_examples: int | None = Field(default=None, ge=1)
    """Training examples, drawn by the hash of their ids; null takes all."""
    development_examples: int | None = Field(default=None, ge=1)
    """Development examples, drawn by the hash of their ids; null takes all."""
    test_examples: int | None = Field(default=None, ge=1)
    """Test examples, drawn by the hash of their ids; null takes all."""


class Xnli(FineTuning):
    """Natural language inference, fine-tuned: `{"premise", "hypothesis", "label"}`.

    This is the papers' three-way task and not mteb's similarity task of that name."""

    mode: Literal["translate_train", "zero_shot", "translate_test"] = "translate_train"
    """translate_train trains in each language; zero_shot trains in `train_language` alone;
    translate_test does too, and the test sets are translations into it."""


class TextClassification(FineTuning):
    """Classification of texts, fine-tuned: `{"text", "label"}`."""

    mode: Literal["in_language", "zero_shot"] = "in_language"
    """Train in each language, or in `train_language` alone."""


class Taxi1500(TextClassification):
    """Topics of Bible verses (the corpus is given on request only)."""

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


class Tagging(FineTuning):
    """Token classification, fine-tuned: `{"words", "tags"}`, or CoNLL files."""

    epochs: int = Field(default=10, ge=1)
    """Passes over the training set."""
    maximum_length: int = Field(default=256, ge=8)
    """Tokens of a window; longer sentences are split into windows, not cut."""
    warmup: float = Field(default=0.0, ge=0, lt=1)
    """Share of the steps in which the learning rate rises."""
    mode: Literal["in_language", "zero_shot"] = "zero_shot"
    """Train in each language, or in `train_language` alone, as the papers do."""


class Limit(Embedding):
    """LIMIT (Weller et al. 2025) built from a corpus's own words."""

    documents: int = Field(default=46, ge=3)
    """Number of documents; each query asks for a pair of them."""
    queries: int = Field(default=1000, ge=1)
    """Queries, one for each pair of documents and at most as many as there are pairs."""
    document_template: str = "{name}: {attributes}."
    """A document; in English the paper has "{name} likes {attributes}."."""
    query_template: str = "{attribute}?"
    """A query; in English the paper has "Who likes {attribute}?"."""
    cutoffs: tuple[int, ...] = (2, 10)
    """The k of recall@k."""
    seed: Seed = 0
    """Seed of names, attributes and pairs."""


class Efficiency(Block):
    """Parameters, computation, speed, memory and energy of a forward pass."""

    documents: int = Field(default=200, ge=1)
    """Held-out documents that speed is measured on."""
    sequence_length: int = Field(default=128, ge=8)
    """Tokens at which they are cut, and for which operations are counted."""


class LmHarness(Block):
    """Tasks of lm-evaluation-harness for decoders; needs the package lm-eval."""

    tasks: tuple[str, ...] = Field(min_length=1)
    """Names of tasks, such as `xnli_sw`; your own task files are found in the folders of
    `--data`."""
    shots: int = Field(default=0, ge=0)
    """Examples in the prompt."""
    examples: int | None = Field(default=None, ge=1)
    """Test examples of each task; null takes all."""
    batch_size: int = Field(default=8, ge=1)
    """Requests in a batch."""


class Evaluation(Block):
    """The tasks that every model is measured on, before and after continued pretraining."""

    language_model: LanguageModel | None = None
    """Held-out loss and bits per byte."""
    retrieval: Retrieval | None = None
    """Sentence retrieval against the pivot language."""
    sr_t: TatoebaRetrieval | None = None
    """Sentence retrieval on Tatoeba, as OFA and Glot500 have it."""
    sr_b: BibleRetrieval | None = None
    """Sentence retrieval on Bible verses, as OFA and Glot500 have it."""
    topics: Topics | None = None
    """Topic classification of help pages, zero-shot and in-language."""
    mteb: Mteb | None = None
    """Tasks of mteb over local data or from its catalogue."""
    xnli: Xnli | None = None
    """Natural language inference by fine-tuning."""
    ner: Tagging | None = None
    """Named entities by fine-tuning: seqeval F1 and token accuracy."""
    pos: Tagging | None = None
    """Parts of speech by fine-tuning: token accuracy, and the papers' seqeval F1."""
    text_classification: TextClassification | None = None
    """Any labelled texts, by fine-tuning."""
    taxi1500: Taxi1500 | None = None
    """Topics of Bible verses by fine-tuning."""
    limit: Limit | None = None
    """LIMIT with words of the corpora."""
    efficiency: Efficiency | None = None
    """What a forward pass costs."""
    lm_harness: LmHarness | None = None
    """Tasks of lm-evaluation-harness, for decoders."""
    tokenizer: Tokenizer | None = None
    """Fertility and its relatives, once for each tokenizer."""
    lexicon: Lexicon | None = None
    """Translation of words through the vectors, once for each alignment."""
