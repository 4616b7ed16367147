"""Many architectures with two layers and forty words, and tokenizers of whole words."""

from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, PreTrainedTokenizerFast

WORDS = [f"w{number}" for number in range(40)]
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
TARGET = ["<unk>", "</s>", "<mask>", "<s>", "<pad>", *reversed(WORDS)]
ROLES = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "unk": "<unk>",
         "pad": "<pad>", "mask": "<mask>"}  # fmt: skip
SIZES = {
    "vocab_size": 45, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 24, "max_position_embeddings": 40, "pad_token_id": 1, "bos_token_id": 0,
    "eos_token_id": 2,
}  # fmt: skip
OPT = {name: value for name, value in SIZES.items() if name != "intermediate_size"}
XGLM = {
    "vocab_size": 45, "d_model": 16, "num_layers": 1, "attention_heads": 2, "ffn_dim": 24,
    "max_position_embeddings": 40, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
}  # fmt: skip
GEMMA = SIZES | {
    "num_key_value_heads": 2, "head_dim": 8, "num_hidden_layers": 2, "num_kv_shared_layers": 0,
    "hidden_size_per_layer_input": 4, "layer_types": ["sliding_attention", "full_attention"],
}  # fmt: skip

MASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "Bert": ("Bert", SIZES),
    "Roberta": ("Roberta", SIZES),
    "Albert": ("Albert", SIZES | {"embedding_size": 8}),
    "DebertaV2": ("DebertaV2", SIZES),
    "Luke": ("Luke", SIZES | {"entity_vocab_size": 9, "entity_emb_size": 8}),
    "Esm": ("Esm", SIZES | {"position_embedding_type": "absolute", "mask_token_id": 4}),
    "MobileBert": ("MobileBert", SIZES | {
        "embedding_size": 8, "true_hidden_size": 16, "intra_bottleneck_size": 16}),
    "Bert, as wide as its vocabulary": ("Bert", SIZES | {"hidden_size": 45,
        "num_attention_heads": 3, "intermediate_size": 45, "max_position_embeddings": 45}),
}  # fmt: skip
CAUSAL: dict[str, tuple[str, dict[str, Any]]] = {
    "Llama": ("Llama", SIZES),
    "Mistral": ("Mistral", SIZES | {"num_key_value_heads": 2}),
    "Gemma": ("Gemma", SIZES | {"num_key_value_heads": 2, "head_dim": 8}),
    "Qwen2": ("Qwen2", SIZES | {"num_key_value_heads": 2}),
    "XGLM": ("XGLM", XGLM),
    "OPT": ("OPT", OPT | {"ffn_dim": 24, "word_embed_proj_dim": 8}),
    "Gemma4": ("Gemma4Text", GEMMA | {"global_head_dim": 8, "vocab_size_per_layer_input": 45}),
    "Gemma3n": ("Gemma3nText", GEMMA | {
        "vocab_size_per_layer_input": 43, "laurel_rank": 4, "altup_num_inputs": 2,
        "activation_sparsity_pattern": [0.0, 0.0]}),
}  # fmt: skip
FIXED = {"MPNet": ("MPNet", SIZES)}


def auto(kind: str) -> Any:
    return AutoModelForCausalLM if kind in CAUSAL else AutoModelForMaskedLM


def make_model(kind: str, tied: bool | None) -> Any:
    name, sizes = (MASKED | CAUSAL | FIXED)[kind]
    ties = {} if tied is None else {"tie_word_embeddings": tied}
    config = getattr(transformers, f"{name}Config")(**sizes, **ties)
    torch.manual_seed(0)
    model = auto(kind).from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model.eval()


def save_tokenizer(folder: Path, tokens: list[str], roles: dict[str, str] = ROLES) -> Path:
    unknown = roles.get("unk", WORDS[0])
    backend = Tokenizer(models.WordLevel({t: i for i, t in enumerate(tokens)}, unk_token=unknown))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    named = {f"{role}_token": token for role, token in roles.items()}
    PreTrainedTokenizerFast(tokenizer_object=backend, **named).save_pretrained(folder)
    return folder
