"""Low-rank updates: nothing changes at first, a plain model comes out at the end."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    GPT2Config,
    LlamaConfig,
    XLMRobertaConfig,
)

from lingraft.config.adapter import Adapter
from lingraft.errors import ConfigError
from lingraft.models.factorized import factorize_model
from lingraft.models.heads import prediction_loss
from lingraft.models.loading import load_model
from lingraft.models.lora import adapter_parameters, add_adapter, body_layers, merge_adapter

IDS_NL = torch.arange(24).view(2, 12) % 40
SIZES: dict[str, Any] = {
    "vocab_size": 40, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
    "num_attention_heads": 2,
}  # fmt: skip


def make(kind: str) -> Any:
    torch.manual_seed(0)
    if kind == "llama":
        return AutoModelForCausalLM.from_config(LlamaConfig(**SIZES)).eval()
    if kind == "gpt2":
        config = GPT2Config(vocab_size=40, n_embd=16, n_layer=2, n_head=2, n_positions=32)
        return AutoModelForCausalLM.from_config(config).eval()
    model = AutoModelForMaskedLM.from_config(XLMRobertaConfig(**SIZES, pad_token_id=1)).eval()
    if kind == "factorized":
        coordinates_VR = torch.randn(40, 4).numpy()
        primitives_RD = torch.randn(4, 16).numpy()
        return factorize_model(model, coordinates_VR, primitives_RD).eval()
    return model


def disturb(model: Any) -> None:
    """Give every update another value than zero, as training would."""
    wanted = adapter_parameters(model)
    with torch.no_grad():
        for parameter in model.parameters():
            if id(parameter) in wanted:
                parameter.normal_(std=0.2)


@pytest.fixture(params=["llama", "gpt2", "xlm-roberta", "factorized"])
def model(request: pytest.FixtureRequest) -> Any:
    return make(request.param)


def test_merging_gives_the_same_function_in_a_plain_folder(model: Any, tmp_path: Path) -> None:
    names = set(model.state_dict())
    before = model(IDS_NL).logits
    add_adapter(model, Adapter(rank=4, alpha=8.0), seed=1)
    assert torch.equal(model(IDS_NL).logits, before)  # a new update is zero
    disturb(model)
    changed = model(IDS_NL).logits
    assert not torch.allclose(changed, before, atol=1e-2)
    merge_adapter(model)
    assert set(model.state_dict()) == names
    model.save_pretrained(tmp_path)
    assert not list(tmp_path.glob("adapter*"))
    torch.testing.assert_close(load_model(tmp_path)(IDS_NL).logits, changed, atol=1e-5, rtol=1e-5)


def test_our_loss_sees_the_updates(model: Any) -> None:
    add_adapter(model, Adapter(rank=2), seed=1)
    disturb(model)
    positions_P, targets_P = torch.tensor([1, 5, 14]), torch.tensor([3, 7, 9])
    ours = prediction_loss(model, IDS_NL, positions_P, targets_P)
    logits_PV = model(IDS_NL).logits.flatten(0, 1)[positions_P]
    theirs = torch.nn.functional.cross_entropy(logits_PV, targets_P, reduction="sum")
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_updates_stand_beside_every_layer_of_the_body_and_nowhere_else(model: Any) -> None:
    layers = body_layers(model)
    assert len(layers) == 2 * {"LlamaForCausalLM": 7, "GPT2LMHeadModel": 4}.get(
        type(model).__name__, 6
    )
    add_adapter(model, Adapter(rank=2), seed=1)
    updated = {
        name.partition(".lora_")[0] for name, _ in model.named_parameters() if ".lora_" in name
    }
    assert updated == set(layers)
    assert len(adapter_parameters(model)) == 2 * len(layers)


def test_chosen_layers_only() -> None:
    model = make("llama")
    add_adapter(model, Adapter(rank=2, targets=("q_proj", "layers.1.self_attn.v_proj")), seed=1)
    updated = {
        name.partition(".lora_")[0] for name, _ in model.named_parameters() if ".lora_" in name
    }
    attention = "model.layers.{}.self_attn.{}_proj"
    assert updated == {attention.format(*of) for of in ((0, "q"), (1, "q"), (1, "v"))}


def test_an_unknown_layer_is_answered_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no linear layer query; it has c_attn, c_fc, c_proj$"):
        add_adapter(make("gpt2"), Adapter(targets=("query",)), seed=1)


def test_the_seed_decides_the_first_factors() -> None:
    first, again, other = make("llama"), make("llama"), make("llama")
    for model, seed in ((first, 1), (again, 1), (other, 2)):
        add_adapter(model, Adapter(rank=2), seed)
    name = "model.layers.0.mlp.up_proj.lora_A.default.weight"
    assert torch.equal(first.get_parameter(name), again.get_parameter(name))
    assert not torch.equal(first.get_parameter(name), other.get_parameter(name))
