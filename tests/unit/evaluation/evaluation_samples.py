"""Tiny models, tokenizers and corpora, made in memory: nothing here needs a download."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
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


def save_masked_model(
    folder: Path, seed: int = 0, words: Sequence[str] = WORDS, width: int = 16
) -> Path:
    """A random two-layer BERT with its tokenizer."""
    torch.manual_seed(seed)
    tokenizer = make_tokenizer(words)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
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


def sentences(count: int, longest: int = 40, seed: int = 0) -> list[str]:
    """Random sentences of 1 to `longest` known words."""
    generator = random.Random(seed)
    lengths = (generator.randint(1, longest) for _ in range(count))
    return [" ".join(generator.choices(WORDS, k=length)) for length in lengths]


LABELS = ("calc", "draw", "writer")


def make_pages(
    folder: Path, split: str, count: int, labels: tuple[str, ...] = LABELS, seed: int = 0
) -> Path:
    """Pages of two paragraphs whose words tell the label."""
    generator = random.Random(seed)
    records = []
    for page in range(count):
        label = labels[page % len(labels)]
        words = WORDS[20 * LABELS.index(label) :][:20]
        for paragraph in range(2):
            records.append(
                {
                    "id": f"{split}/{page}#{paragraph}",
                    "text": " ".join(generator.choices(words, k=6)),
                    "metadata": {"topic": label, "group": f"{split}/{page}"},
                }
            )
    write_records(folder / f"{split}.jsonl", records)
    return folder


def make_labelled_corpus(folder: Path) -> Path:
    """45 training and 21 held-out pages of three labels."""
    make_pages(folder, "train", 45, seed=1)
    return make_pages(folder, "valid", 21, seed=2)
