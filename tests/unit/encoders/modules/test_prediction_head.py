"""A head apart from its body predicts what the whole model does."""

from pathlib import Path
from typing import Any

import pytest
import torch
from loss_samples import WIDTH
from transformers import (
    BertConfig,
    BertForMaskedLM,
    DistilBertConfig,
    DistilBertForMaskedLM,
    Gemma2Config,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    ModernBertConfig,
    ModernBertForMaskedLM,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
)

from lingraft.encoders.modules.prediction_head import (
    PredictionHead,
    dense_layer,
    head_tensors,
    open_language_model,
)
from lingraft.errors import ConfigError

SIZES: dict[str, Any] = {
    "vocab_size": 65, "hidden_size": WIDTH, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 32, "max_position_embeddings": 40, "pad_token_id": 0, "bos_token_id": 2,
    "eos_token_id": 3, "initializer_range": 0.5,
}  # fmt: skip
MODELS = [
    (BertForMaskedLM, BertConfig(**SIZES)),
    (XLMRobertaForMaskedLM, XLMRobertaConfig(**SIZES)),
    (DistilBertForMaskedLM, DistilBertConfig(**SIZES, hidden_dim=32)),
    (ModernBertForMaskedLM, ModernBertConfig(**SIZES, cls_token_id=2, sep_token_id=3)),
    (GPT2LMHeadModel, GPT2Config(**SIZES)),
    (LlamaForCausalLM, LlamaConfig(**SIZES)),
]


@pytest.mark.parametrize(
    ("made", "config"), MODELS, ids=lambda each: getattr(each, "model_type", "")
)
def test_it_predicts_what_the_model_does(made: Any, config: Any, tmp_path: Path) -> None:
    torch.manual_seed(0)
    made(config).save_pretrained(tmp_path)
    model = open_language_model(tmp_path)
    ids = torch.tensor([[2, 7, 9, 3]])
    with torch.no_grad():
        hidden = model.base_model(input_ids=ids)[0][0]
        expected = model(input_ids=ids).logits[0]
        found = PredictionHead(model.config, head_tensors(model))(hidden)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)


def test_the_dense_layer_is_the_first_of_the_head() -> None:
    model = XLMRobertaForMaskedLM(XLMRobertaConfig(**SIZES))
    weight, bias = dense_layer(model)
    assert torch.equal(weight, model.lm_head.dense.weight)
    assert torch.equal(bias, model.lm_head.dense.bias)


def test_a_head_that_is_not_known_apart_is_refused() -> None:
    with pytest.raises(ConfigError, match="the head of a gemma2 model is not known apart"):
        PredictionHead(Gemma2Config(**SIZES, head_dim=8, num_key_value_heads=2), {})
