"""What text and a model cost with each of the vocabularies: the rows of the table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lingraft.advice.candidates import CandidateVocabulary
from lingraft.advice.questions import VocabularyQuestion, recipe_of
from lingraft.corpus.records import draw, read_texts
from lingraft.errors import InputError
from lingraft.estimate.vocabularies import (
    ModelSizes,
    VocabularyCosts,
    sizes_of,
    vocabulary_costs,
)
from lingraft.evaluation.tasks.tokenizer import TokenizerFit
from lingraft.experiment.configuration import Config
from lingraft.stages.references import converted_model
from lingraft.tokenizers.backend import row_count
from lingraft.tokenizers.metrics import count_tokens
from lingraft.tokenizers.separators import surroundings


@dataclass(frozen=True)
class TextFit:
    """How a vocabulary cuts held-out text of so many documents.

    `unknown` are unknown tokens for each byte: their share of the tokens would rise where other
    text is cut into fewer ones.
    """

    bytes_per_token: float
    unknown: float
    documents: int


@dataclass(frozen=True)
class Row:
    """One vocabulary with all that it costs.

    Attributes:
        candidate: the vocabulary.
        tokens: its entries.
        target: how it cuts the text to learn.
        source: the same of text in the model's own language; None without such text.
        costs: of the model on the text to learn.
        width: of factorized embeddings; None: full width.
    """

    candidate: CandidateVocabulary
    tokens: int
    target: TextFit
    source: TextFit | None
    costs: VocabularyCosts
    width: int | None = None


def rows_of(
    config: Config,
    results: Path,
    question: VocabularyQuestion,
    candidates: Sequence[CandidateVocabulary],
) -> list[Row]:
    """A row for each candidate, and one more for each width of factorized embeddings.

    Args:
        config: the experiment; the documents are those of `evaluation.tokenizer`.
        results: the folder of its results.
        question: the model and the text.
        candidates: the vocabularies.

    Raises:
        InputError: there is no held-out text.
    """
    folder = results / converted_model(question.model)
    model = sizes_of(folder)
    learned = _documents(config, results, question.corpora)
    spoken = _documents(config, results, question.source)
    if not any(learned.values()):
        raise InputError(
            f"corpora {', '.join(question.corpora)} have no held-out text to measure on; give them "
            "a larger `held_out`"
        )
    return [
        row for one in candidates for row in _rows(config, question, one, model, (learned, spoken))
    ]


def _rows(
    config: Config,
    question: VocabularyQuestion,
    candidate: CandidateVocabulary,
    model: ModelSizes,
    texts: tuple[dict[str, list[str]], dict[str, list[str]]],
) -> Iterator[Row]:
    tokenizer = candidate.tokenizer
    target, source = (_fit(tokenizer, documents) for documents in texts)
    if target is None:
        return
    recipe = recipe_of(config, question, model.objective)
    specials = sum(map(len, surroundings(tokenizer)))
    widths = [w for w in candidate.widths if w < (model.shape.width or model.shape.dimension)]
    for width in (None, *widths):
        costs = vocabulary_costs(
            model, row_count(tokenizer), target.bytes_per_token, recipe, width, specials
        )
        yield Row(candidate, len(tokenizer), target, source, costs, width)


def _documents(config: Config, results: Path, corpora: Sequence[str]) -> dict[str, list[str]]:
    """Held-out texts by language: those that the task `tokenizer` measures on."""
    task = config.evaluation.task("tokenizer")
    count = (task if isinstance(task, TokenizerFit) else TokenizerFit()).documents
    found: dict[str, list[str]] = {}
    for name in corpora:
        own = draw(read_texts(results / "corpora" / name), count)
        found.setdefault(config.corpora[name].language, []).extend(each.text for each in own)
    return found


def _fit(tokenizer: Any, documents: dict[str, list[str]]) -> TextFit | None:
    counts = [
        count_tokens(texts, tokenizer, language, _no_words) for language, texts in documents.items()
    ]
    tokens = sum(each.tokens for each in counts)
    if not tokens:
        return None
    size, unknown = sum(each.bytes for each in counts), sum(each.unknown for each in counts)
    return TextFit(size / tokens, unknown / size, sum(each.texts for each in counts))


def _no_words(text: str, language: str) -> list[tuple[int, int]]:
    """Words are not asked for, and finding them takes longer than cutting the text."""
    return []
