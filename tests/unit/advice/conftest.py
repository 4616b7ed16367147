"""A small experiment: models of each kind of tokenizer, and text in two languages."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lingraft.artifacts import new_artifact
from lingraft.corpus.settings import Corpus
from lingraft.corpus.sources.local import LocalSource
from lingraft.corpus.stage import download, prepare_corpus
from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import check
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.saving import write_tokenizer

TINY = Path(__file__).parents[2] / "data" / "tiny"
CODES = {"english": "eng_Latn", "swahili": "swh_Latn"}


def configuration(**changes: Any) -> Config:
    """A model of English that learns Swahili; `changes` replace whole sections."""
    text = {"source": "text", "format": "jsonl", "id_field": "id"}
    corpora: dict[str, Any] = {
        name: {"language": code, "texts": [text | {"files": f"{name}.jsonl"}]}
        for name, code in CODES.items()
    }
    corpora["swahili"]["pivot"] = "english"
    run = {"model": "small", "tokenizer": "kept", "corpora": ["swahili"]}
    content = {
        "experiment": "small",
        "sources": {"text": {"kind": "local", "path": str(TINY)}},
        "corpora": corpora,
        "models": {"small": {"source": "text", "language": "eng_Latn"}},
        "tokenizers": {"kept": {"algorithm": "keep", "model": "small"}},
        "initializations": {"random": {"method": "random"}},
        "runs": {"swahili": run | {"initializations": ["random"]}},
        "evaluation": {"tokenizer": {}},
        "report": {"baseline": "random"},
    }
    return check(content | changes, "small.yaml")


@pytest.fixture(scope="session")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both languages as artifacts."""
    folder = tmp_path_factory.mktemp("corpora")
    download(LocalSource(kind="local", path=str(TINY), keep=("*.jsonl",)), folder / "tiny")
    for name, code in CODES.items():
        text = {"source": "tiny", "format": "jsonl", "files": f"{name}.jsonl", "id_field": "id"}
        block = {"language": code, "texts": [text], "held_out": {"fraction": 0.1}}
        settings = Corpus.model_validate(block)
        prepare_corpus(name, settings, {"tiny": folder / "tiny"}, None, folder / name)
    return {name: folder / name for name in CODES}


@pytest.fixture(scope="session")
def make(
    corpora: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Results with a model whose tokenizer is of an algorithm, trained on English."""
    from transformers import BertConfig, BertForMaskedLM, LlamaConfig, LlamaForCausalLM

    from lingraft.config.tokenizers import Tokenizer
    from lingraft.tokenizers.stage import make_tokenizer

    made: dict[str, Path] = {}

    def results(algorithm: str) -> Path:
        if algorithm in made:
            return made[algorithm]
        folder = tmp_path_factory.mktemp(algorithm)
        block = {"corpora": ["english"], "algorithm": algorithm, "vocabulary_size": 600}
        block |= {"special_tokens_style": "gpt2"} if algorithm == "bpe" else {}
        english = corpora["english"]
        make_tokenizer(Tokenizer.model_validate(block), [english], folder / "tokenizer")
        tokenizer = load_tokenizer(folder / "tokenizer")
        sizes: dict[str, Any] = {
            "vocab_size": len(tokenizer), "hidden_size": 16, "num_hidden_layers": 2,
            "num_attention_heads": 4, "intermediate_size": 24, "max_position_embeddings": 64,
        }  # fmt: skip
        if algorithm == "bpe":
            shared = {"num_key_value_heads": 2, "tie_word_embeddings": True}
            model: Any = LlamaForCausalLM(LlamaConfig(**sizes, **shared))
        else:
            model = BertForMaskedLM(BertConfig(**sizes))
        place = folder / "source_models" / "small" / "converted"
        with new_artifact(place, "model", settings={}, inputs={}) as staging:
            model.save_pretrained(staging)
            write_tokenizer(tokenizer, staging)
        (folder / "corpora").mkdir()
        for name, corpus in corpora.items():
            (folder / "corpora" / name).symlink_to(corpus)
        made[algorithm] = folder
        return folder

    return results


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of an artifact."""
    content: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return content
