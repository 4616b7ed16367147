"""Corpora and tokenizers in the configuration: defaults and refusals."""

import pytest
from pydantic import ValidationError

from lingraft.config.tokenizers import Tokenizer
from lingraft.corpus.formats.chromium import ChromiumCatalog
from lingraft.corpus.formats.jsonl import JsonLines
from lingraft.corpus.settings import Corpus

TEXT = {"source": "chromium", "format": "chromium", "locale": "sw"}


def test_defaults() -> None:
    corpus = Corpus.model_validate({"language": "swh_Latn", "texts": [TEXT]})
    assert corpus.cleaning.deduplicate
    assert corpus.held_out.fraction == 0.05
    assert corpus.pivot is None
    assert isinstance(corpus.texts[0], ChromiumCatalog)


def test_inputs_are_told_apart_by_format() -> None:
    text = {"source": "mine", "format": "jsonl", "id_field": "key"}
    corpus = Corpus.model_validate({"language": "swh_Latn", "texts": [text]})
    assert isinstance(corpus.texts[0], JsonLines)


@pytest.mark.parametrize(
    "change",
    [
        {"language": "sw"},
        {"texts": []},
        {"texts": [TEXT | {"locale": "../x"}]},
        {"texts": [TEXT | {"format": "pdf"}]},
        {"texts": [TEXT | {"id_field": "x"}]},
        {"texts": [{"source": "a/b", "format": "text"}]},
        {"texts": [{"source": "a", "format": "text", "files": "../*"}]},
        {"held_out": {"fraction": 0}},
        {"held_out": {"fraction": 1}},
        {"held_out": {"maximum": 0}},
        {"cleaning": {"normalization": "NFD"}},
        {"pivto": "english"},
    ],
)
def test_mistakes_are_refused(change: dict) -> None:
    with pytest.raises(ValidationError):
        Corpus.model_validate({"language": "swh_Latn", "texts": [TEXT]} | change)


@pytest.mark.parametrize(
    "change",
    [
        {"corpora": []},
        {"algorithm": "words"},
        {"vocabulary_size": 10},
        {"algorithm": "bpe", "vocabulary_size": 256},
        {"algorithm": "unigram", "special_tokens_style": "gpt2"},
        {"character_coverage": 1.1},
        {"temperature": 0},
    ],
)
def test_impossible_tokenizers_are_refused(change: dict) -> None:
    with pytest.raises(ValidationError):
        Tokenizer.model_validate({"corpora": ["swahili"]} | change)
