"""Tiny encoders of three families whose tokenizers cut words into pieces."""

import random
from pathlib import Path
from typing import Any

import torch
from tests.tokenizers_of_kinds import tokenizer_of
from transformers import (
    BertConfig,
    BertForMaskedLM,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
)

from lingraft.tokenizers.styles import STYLES

SYLLABLES = [a + b for a in "bdgklmnpstw" for b in "aeiou"]
FAMILIES: dict[str, tuple[str, str, Any, Any]] = {
    "bert": ("wordpiece", "bert", BertConfig, BertForMaskedLM),
    "roberta": ("bytes", "roberta", RobertaConfig, RobertaForMaskedLM),
    "xlm-r": ("unigram", "roberta", XLMRobertaConfig, XLMRobertaForMaskedLM),
}


def piece_texts(count: int = 60, seed: int = 0) -> list[str]:
    """Sentences of words of many syllables, some of which are frequent, with punctuation."""
    draw = random.Random(seed)
    words = ["".join(draw.choices(SYLLABLES, k=draw.randint(2, 5))) for _ in range(120)]
    frequent = words[:20]
    return [
        " ".join(draw.choice(draw.choice([frequent, words])) for _ in range(draw.randint(1, 12)))
        + draw.choice([".", "!", ", " + words[5] + "?"])
        for _ in range(count)
    ]


def save_piece_model(folder: Path, family: str = "xlm-r", length: int = 64) -> Path:
    """A random two-layer model of a family with its tokenizer."""
    kind, style, config_class, model_class = FAMILIES[family]
    backend = tokenizer_of(kind, piece_texts(40, seed=1))
    roles = STYLES[style].roles
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=length, **roles)
    torch.manual_seed(0)
    config = config_class(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=length + 2, initializer_range=0.5,
        pad_token_id=tokenizer.pad_token_id, bos_token_id=0, eos_token_id=2,
        type_vocab_size=2 if family == "bert" else 1,
    )  # fmt: skip
    model_class(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
