"""What a model predicts is told by what it does, whatever its class is called."""

from typing import Any

import pytest
import torch
from transformers import (
    AutoConfig,
    BartConfig,
    BertConfig,
    BertGenerationConfig,
    CLIPConfig,
    FlaubertConfig,
    Gemma3Config,
    GPT2Config,
    LlamaConfig,
    LongformerConfig,
    MBartConfig,
    ModernBertConfig,
    MT5Config,
    MvpConfig,
    PreTrainedConfig,
    RobertaConfig,
    T5Config,
    XLMConfig,
    XLNetConfig,
)

from lingraft.errors import InputError
from lingraft.models.objective import auto_class, objective_of, sees_later_tokens

BODY: dict[str, Any] = {
    "vocab_size": 30, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 8, "max_position_embeddings": 20,
}  # fmt: skip
XLM: dict[str, Any] = {"vocab_size": 30, "emb_dim": 8, "n_layers": 1, "n_heads": 2}


@pytest.mark.parametrize(
    ("config", "objective"),
    [
        (BertConfig(**BODY), "masked"),
        (BertConfig(**BODY, architectures=["BertLMHeadModel"]), "masked"),
        (BertConfig(**BODY, is_decoder=True), "causal"),
        (RobertaConfig(**BODY, is_decoder=True), "causal"),
        (LongformerConfig(**BODY, attention_window=4), "masked"),
        (ModernBertConfig(**BODY, pad_token_id=0), "masked"),
        (XLMConfig(**XLM), "masked"),
        (XLMConfig(**XLM, causal=True), "causal"),
        (FlaubertConfig(**XLM), "masked"),
        (GPT2Config(vocab_size=30, n_embd=8, n_layer=1, n_head=2), "causal"),
        (LlamaConfig(**BODY), "causal"),
        (BartConfig(is_encoder_decoder=False, is_decoder=True, vocab_size=30, d_model=8,
                    decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=8,
                    max_position_embeddings=20), "causal"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.model_type,
)  # fmt: skip
def test_an_objective_is_what_the_model_does(config: PreTrainedConfig, objective: str) -> None:
    assert objective_of(config) == objective
    torch.manual_seed(0)
    model: Any = auto_class(config).from_config(config, trust_remote_code=False).eval()
    assert sees_later_tokens(model) == (objective == "masked")


def test_a_decoder_with_pictures_is_a_decoder() -> None:
    assert objective_of(Gemma3Config()) == "causal"


def test_a_decoder_that_sees_all_is_found_out() -> None:
    config = BertGenerationConfig(**BODY)
    torch.manual_seed(0)
    model: Any = auto_class(config).from_config(config, trust_remote_code=False).eval()
    assert sees_later_tokens(model)


@pytest.mark.parametrize("config", [BartConfig(), MBartConfig(), MvpConfig(), T5Config(),
                                    MT5Config(), AutoConfig.for_model("m2m_100"),
                                    AutoConfig.for_model("pegasus"),
                                    AutoConfig.for_model("marian")],
                         ids=lambda config: config.model_type)  # fmt: skip
def test_encoder_decoders_are_refused_for_one_reason(config: PreTrainedConfig) -> None:
    with pytest.raises(InputError, match=f"^a {config.model_type} model is an encoder-decoder;"):
        objective_of(config)


def test_other_models_are_refused() -> None:
    with pytest.raises(InputError, match="predicts tokens in permuted order"):
        objective_of(XLNetConfig())
    with pytest.raises(InputError, match="is not a language model of transformers"):
        objective_of(CLIPConfig())
    with pytest.raises(InputError, match="has no head for objective: causal"):
        auto_class(ModernBertConfig(), "causal")
