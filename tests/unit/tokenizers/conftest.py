"""Text to train on, and trained tokenizers of every algorithm."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lingraft.config.tokenizers import Tokenizer
from lingraft.corpus.settings import Corpus
from lingraft.corpus.stage import prepare_corpus

TINY = Path(__file__).parents[2] / "data" / "tiny"
ALGORITHMS = ("unigram", "bpe", "wordpiece")


@pytest.fixture(scope="session")
def swahili() -> list[str]:
    lines = (TINY / "swahili.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Swahili half of the tiny corpus as an artifact."""
    from lingraft.corpus.sources.local import LocalSource
    from lingraft.corpus.stage import download

    folder = tmp_path_factory.mktemp("corpus")
    download(LocalSource(kind="local", path=str(TINY), keep=("*.jsonl",)), folder / "tiny")
    text = {"source": "tiny", "format": "jsonl", "files": "swahili.jsonl", "id_field": "id"}
    block = {"language": "swh_Latn", "texts": [text], "held_out": {"fraction": 0.1}}
    output = folder / "swahili"
    prepare_corpus("swahili", Corpus.model_validate(block), {"tiny": folder / "tiny"}, None, output)
    return output


@pytest.fixture(scope="session")
def settings() -> Callable[..., Tokenizer]:
    def make(algorithm: str = "unigram", **options: Any) -> Tokenizer:
        block = {"corpora": ["swahili"], "algorithm": algorithm, "vocabulary_size": 400}
        return Tokenizer.model_validate(block | options)

    return make


@pytest.fixture(scope="session")
def trained(
    tmp_path_factory: pytest.TempPathFactory, corpus: Path, settings: Callable[..., Tokenizer]
) -> dict[str, Path]:
    """A tokenizer artifact of each algorithm."""
    from lingraft.tokenizers.stage import make_tokenizer

    folder = tmp_path_factory.mktemp("tokenizers")
    for algorithm in ALGORITHMS:
        make_tokenizer(settings(algorithm), [corpus], folder / algorithm)
    return {algorithm: folder / algorithm for algorithm in ALGORITHMS}


@pytest.fixture
def character_map(tmp_path: Path) -> Callable[[str], Any]:
    """SentencePiece's character map of one rule: "20\\t5F" makes a space an underscore."""
    import sentencepiece
    from tokenizers import normalizers

    from lingraft.tokenizers.sentencepiece_proto import parse

    def make(rule: str) -> Any:
        (tmp_path / "rules.tsv").write_text(rule + "\n")
        stream = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["a b c ab bc"] * 50), model_writer=stream, vocab_size=20,
            hard_vocab_limit=False, minloglevel=2, normalization_rule_tsv=tmp_path / "rules.tsv",
        )  # fmt: skip
        return normalizers.Precompiled(parse(stream.getvalue()).character_map)

    return make
