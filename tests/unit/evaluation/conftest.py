"""Tiny models, tokenizers and corpora, made in memory: nothing here needs a download."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
)

WORDS = [f"w{i}" for i in range(60)]
ROLES = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}


def make_tokenizer(words: Sequence[str] = WORDS, length: int = 32) -> PreTrainedTokenizerFast:
    """A word-level tokenizer with BERT's special tokens."""
    vocabulary = {token: i for i, token in enumerate([*ROLES.values(), *words])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    roles = {f"{role}_token": token for role, token in ROLES.items()}
    return PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=length, **roles)


def save_masked_model(folder: Path, seed: int = 0, words: Sequence[str] = WORDS) -> Path:
    """A random two-layer BERT with its tokenizer."""
    torch.manual_seed(seed)
    tokenizer = make_tokenizer(words)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
        initializer_range=0.5,
        pad_token_id=0,
    )
    BertForMaskedLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_causal_model(folder: Path, seed: int = 0) -> Path:
    """A random two-layer GPT-2 with a word-level tokenizer without added tokens."""
    torch.manual_seed(seed)
    backend = Tokenizer(
        models.WordLevel({t: i for i, t in enumerate(["<s>", "<unk>", *WORDS])}, unk_token="<unk>")
    )
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="<s>", unk_token="<unk>",
        pad_token="<s>", model_max_length=16,
    )  # fmt: skip
    config = GPT2Config(
        vocab_size=len(tokenizer), n_embd=16, n_layer=2, n_head=2, n_positions=16,
        bos_token_id=0, eos_token_id=0, initializer_range=0.5,
    )  # fmt: skip
    GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_records(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    """Write JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    return path


@pytest.fixture(scope="session")
def masked_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_masked_model(tmp_path_factory.mktemp("models") / "masked")


@pytest.fixture(scope="session")
def causal_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_causal_model(tmp_path_factory.mktemp("models") / "causal")


@pytest.fixture
def make_corpus(tmp_path: Path) -> Callable[..., Path]:
    """Write a corpus folder from {id: text}, for one split or several."""

    def make(name: str, valid: dict[str, str], **splits: dict[str, str]) -> Path:
        for split, texts in {"valid": valid, **splits}.items():
            records = [{"id": i, "text": text, "metadata": {}} for i, text in texts.items()]
            write_records(tmp_path / name / f"{split}.jsonl", records)
        return tmp_path / name

    return make
