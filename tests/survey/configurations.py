"""A small configuration of each architecture that transformers has a language model of."""

from typing import Any

from transformers import PreTrainedConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
)

ARCHITECTURES = sorted({*MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, *MODEL_FOR_MASKED_LM_MAPPING_NAMES})
# No small configuration was found that these run with.
UNTRIED = frozenset({"dots3_note", "gemma4_assistant", "gemma4_unified_assistant", "mimo_v2_flash"})
VOCABULARY = 45
POSITIONS = 40

_WIDTH = ("hidden_size", "d_model", "n_embd", "dim", "emb_dim", "embedding_size",
          "word_embed_proj_dim")  # fmt: skip
_LAYERS = ("num_hidden_layers", "n_layers", "n_layer", "num_layers", "encoder_layers",
           "decoder_layers")  # fmt: skip
_HEADS = ("num_attention_heads", "n_heads", "n_head", "num_heads", "num_key_value_heads",
          "encoder_attention_heads", "decoder_attention_heads")  # fmt: skip
_INNER = ("intermediate_size", "ffn_dim", "hidden_dim", "d_ff", "encoder_ffn_dim",
          "decoder_ffn_dim", "moe_intermediate_size",
          "shared_expert_intermediate_size")  # fmt: skip
_SIZES: dict[str, Any] = {
    "vocab_size": VOCABULARY, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
    **dict.fromkeys(_WIDTH, 16), **dict.fromkeys(_LAYERS, 2), **dict.fromkeys(_HEADS, 2),
    **dict.fromkeys(_INNER, 24),
    **dict.fromkeys(("max_position_embeddings", "n_positions", "n_ctx"), POSITIONS),
    **dict.fromkeys(("num_local_experts", "num_experts", "n_routed_experts"), 4),
    "head_dim": 8, "num_experts_per_tok": 2, "q_lora_rank": 8, "kv_lora_rank": 8,
    "qk_nope_head_dim": 4, "qk_rope_head_dim": 4, "v_head_dim": 8, "n_group": 1, "topk_group": 1,
    "first_k_dense_replace": 1, "state_size": 8, "mamba_n_heads": 2, "mamba_d_head": 16,
    "mamba_d_state": 8, "mamba_d_conv": 4, "conv_kernel": 4, "attention_window": 8,
    "rotary_dim": 4, "max_seq_len": POSITIONS,
}  # fmt: skip
_GEMMA = {
    "num_kv_shared_layers": 0, "hidden_size_per_layer_input": 4, "vocab_size_per_layer_input": 45,
    "layer_types": ["sliding_attention", "full_attention"],
}  # fmt: skip
_BYTES = {"hidden_size_global": 16}
_LATENT = {"head_dim": 4}
_LINEAR = {"layer_types": ["linear_attention", "full_attention"]}
# What the sizes above do not fit; None leaves a size as it is by default.
_OWN: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("axk1", "deepseek_v3", "longcat_flash", "youtu"), _LATENT),
    **dict.fromkeys(("bailing_hybrid", "qwen3_next", "qwen3_5_text", "qwen3_5_moe_text"), _LINEAR),
    "blt": {"encoder_hash_byte_group_vocab": 50, "encoder_hash_byte_group_size": [3]},
    **dict.fromkeys(("blt_local_encoder", "blt_local_decoder"), _BYTES),
    "codegen": {"num_attention_heads": 4, "n_head": 4},
    "cohere_compass_text": {"rope_parameters": {
        "full_attention": {"rope_type": "default", "rope_theta": 10000.0}}},
    "dbrx": {"attn_config": {"rope_theta": 10000.0, "kv_n_heads": 2, "clip_qkv": 8.0}},
    "falcon_h1": {"mamba_d_ssm": 32},
    "dots1": {"n_shared_experts": 1},
    "funnel": {"num_hidden_layers": None, "block_sizes": [1, 1], "num_decoder_layers": 1},
    "gemma3n_text": {**_GEMMA, "laurel_rank": 4, "altup_num_inputs": 2,
                     "activation_sparsity_pattern": [0.0, 0.0]},
    "gemma4_text": {**_GEMMA, "global_head_dim": 8},
    "gemma4_unified_text": {**_GEMMA, "global_head_dim": 8, "hidden_size_per_layer_input": 0},
    "gpt_neo": {"attention_types": [[["global", "local"], 1]]},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"]},
    "luke": {"entity_vocab_size": 9, "entity_emb_size": 8},
    "mamba2": {"num_heads": 4, "n_groups": 1},
    "mimo_v2_flash": {"rope_parameters": {
        kind: {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5}
        for kind in ("full_attention", "sliding_attention")}},
    "nemotron_h": {"layers_block_type": ["mamba", "attention"], "layer_types": None},
    "neomme": {"head_dim": 16},
    "perceiver": {"num_latents": 4, "d_latents": 16, "num_blocks": 1,
                  "num_self_attends_per_block": 1, "num_self_attention_heads": 2,
                  "num_cross_attention_heads": 2},
    "prophetnet": {"num_hidden_layers": None, "num_encoder_layers": 2, "num_decoder_layers": 2},
    "qwen4_exp_text": {
        "layer_types": ["linear_attention", "indexed_attention"], "ngram_vocab_size_base": 50,
        "split_ngram_parts": 2, "indexer_n_heads": 2, "indexer_kv_heads": 1, "indexer_head_dim": 8,
        "indexer_budget": 8, "indexer_compress_ratio": 2},
    "reformer": {"axial_pos_embds_dim": (8, 8), "axial_pos_shape": (8, 5),
                 "attn_layers": ["local", "local"], "attention_head_size": 8,
                 "feed_forward_size": 24, "num_hidden_layers": None},
    "xlnet": {"max_position_embeddings": None},
    "xlstm": {"v_head_dim": None, "head_dim": None},
    "xmod": {"default_language": "en_XX"},
    "zamba": {"layers_block_type": ["hybrid", "hybrid"], "layer_types": None,
              "attention_hidden_size": 32, "attention_head_dim": 16},
    "zamba2": {"layers_block_type": ["mamba", "hybrid"], "layer_types": None},
    "zaya": {"num_experts_per_tok": 1},
}  # fmt: skip


def small_config(kind: str, *, tied: bool | None = None) -> PreTrainedConfig:
    """The configuration of an architecture with two layers and 45 tokens.

    Args:
        kind: its model type.
        tied: whether the output layer is the embedding; None leaves it as the architecture has it.
    """
    config_class = CONFIG_MAPPING[kind]
    default = config_class()
    values = _fitting(default) | _OWN.get(kind, {})
    for name in default.sub_configs or ():
        part = getattr(default, name, None)
        own = _OWN.get(kind, {}).get(name, {})
        if part is not None and part.model_type in ARCHITECTURES:
            values[name] = small_config(part.model_type).to_dict() | own
        elif part is not None and (sizes := _fitting(part)):
            values[name] = sizes | _OWN.get(str(part.model_type), {}) | own
    if tied is not None:
        values["tie_word_embeddings"] = tied
    return config_class(**{name: value for name, value in values.items() if value is not None})


def _fitting(config: PreTrainedConfig) -> dict[str, Any]:
    """The sizes that a configuration has, of those above."""
    values = {name: value for name, value in _SIZES.items() if _has(config, name)}
    if _has(config, "layer_types") and config.layer_types:
        values["layer_types"] = _two(config.layer_types)
    return values


def _two(kinds: list[str]) -> list[str]:
    """Two layers, of different kinds if there are any."""
    return [kinds[0], next((kind for kind in kinds if kind != kinds[0]), kinds[0])]


def _has(config: PreTrainedConfig, name: str) -> bool:
    known = config.attribute_map.get(name, name)
    found = getattr(type(config), known, None)
    if isinstance(found, property):
        return found.fset is not None
    try:
        return hasattr(config, name)
    except Exception:  # sizes that may vary by layer raise when they are asked for
        return True
