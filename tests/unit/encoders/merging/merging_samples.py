"""Small models to merge, as artifacts with a tokenizer of whole words."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, models
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from lingraft.artifacts import new_artifact
from lingraft.models.factorized import factorize_model
from lingraft.models.writing import write_model
from lingraft.numeric.factorization import factorize

WORDS = [f"w{number}" for number in range(40)]
SIZES = {
    "vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 24, "max_position_embeddings": 12,
}  # fmt: skip


def bert(seed: int, **options: Any) -> Any:
    torch.manual_seed(seed)
    model: Any = BertForMaskedLM(BertConfig(**SIZES | options)).eval()
    with torch.no_grad():  # a new model has biases of 0 and scales of 1
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model


def factorized(model: Any, width: int = 5) -> Any:
    matrix = model.get_input_embeddings().weight.detach().numpy()
    found = factorize(matrix, width)
    parts = (found.coordinates_NR, found.primitives_RD)
    return factorize_model(model, *(part.astype(np.float32) for part in parts)).eval()


def write(folder: Path, model: Any, words: Sequence[str] = WORDS) -> Path:
    """A model artifact."""
    vocabulary = {word: number for number, word in enumerate(words)}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token=words[0]))
    names = ("unk_token", "pad_token", "mask_token", "cls_token", "sep_token")
    roles = dict(zip(names, words, strict=False))
    with new_artifact(folder, "model") as staging:
        write_model(model, staging)
        fast = PreTrainedTokenizerFast(tokenizer_object=backend, **roles)
        fast.save_pretrained(staging)
    return folder
