"""Writes small GGUF files as llama.cpp's converter does."""

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Kind
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM

HEADS, PAIRS = 4, 2
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m['content'] }}<|im_end|>{% endfor %}"
TEXT = ["the year 1987 and the year 2019", "in 100 days there were 2500 of them"] * 4
_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def byte_tokenizer() -> Tokenizer:
    """A byte-level BPE whose merges join digits."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def small_llama(rows: int, tied: bool = True) -> Any:
    """A Llama of two layers with random weights."""
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=rows, hidden_size=64, intermediate_size=96, num_hidden_layers=2,
            num_attention_heads=HEADS, num_key_value_heads=PAIRS, max_position_embeddings=48,
            tie_word_embeddings=tied, initializer_range=0.2, rms_norm_eps=1e-5,
        )
    )  # fmt: skip


def write_file(
    path: Path,
    model: Any,
    *,
    kind: Kind = Kind.F32,
    pre: str = "smollm",
    architecture: str = "llama",
    tokenizer: Tokenizer | None = None,
    **extra: Any,
) -> Path:
    """A GGUF of `model`, its matrices as `kind`; `extra` are further keys with their values."""
    writer = gguf.GGUFWriter(path, architecture)
    config = model.config
    writer.add_context_length(config.max_position_embeddings)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(PAIRS)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.hidden_size // HEADS)
    writer.add_vocab_size(config.vocab_size)
    if tokenizer is not None:
        _add_tokenizer(writer, tokenizer, config.vocab_size, pre)
    for key, value in extra.items():
        writer.add_string(key.replace("__", "."), value)
    for name, parameter in model.named_parameters():
        values = _permuted(name, parameter.detach().numpy())
        is_matrix = values.ndim > 1
        stored = gguf.quants.quantize(values, kind) if is_matrix else values
        writer.add_tensor(_renamed(name), stored, raw_dtype=kind if is_matrix else None)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokenizer(writer: Any, tokenizer: Tokenizer, rows: int, pre: str) -> None:
    ids = {index: token for token, index in tokenizer.get_vocab().items()}
    tokens = [ids.get(index, f"[PAD{index}]") for index in range(rows)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    kinds = [3 if t in SPECIAL else 1 if index in ids else 5 for index, t in enumerate(tokens)]
    writer.add_token_types(kinds)
    content = json.loads(tokenizer.to_str())
    writer.add_token_merges([" ".join(pair) for pair in content["model"]["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    writer.add_chat_template(TEMPLATE)


def _permuted(name: str, values: np.ndarray) -> np.ndarray:
    """Rows of queries and keys as llama.cpp wants them: the halves of a head interleaved."""
    for part, heads in (("q_proj", HEADS), ("k_proj", PAIRS)):
        if part in name:
            halves = values.reshape(heads, 2, len(values) // heads // 2, -1)
            return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(values.shape))
    return np.ascontiguousarray(values)


def _renamed(name: str) -> str:
    single = {
        "model.embed_tokens.weight": "token_embd.weight",
        "model.norm.weight": "output_norm.weight",
        "lm_head.weight": "output.weight",
    }
    if name in single:
        return single[name]
    _, _, layer, part = name.removesuffix(".weight").split(".", 3)
    return f"blk.{layer}.{_NAMES[part]}.weight"
