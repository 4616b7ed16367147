"""Weights of others come in whole, finite and plain, or are refused in one line with the name."""

import json
import pickle
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import (
    AutoModelForMaskedLM,
    BertConfig,
    BertForMaskedLM,
    BertModel,
    CodeGenConfig,
    CodeGenForCausalLM,
    DebertaV2Config,
    DebertaV2ForMaskedLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    RobertaConfig,
    RobertaForMaskedLM,
)

from lingraft.errors import InputError
from lingraft.models.door import open_model

SIZES: dict[str, Any] = {
    "vocab_size": 30, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 12, "max_position_embeddings": 20, "pad_token_id": 1,
}  # fmt: skip
IDS = torch.tensor([[5, 6, 7, 8]])
QUERY = "model.layers.0.self_attn.q_proj"
Weights = dict[str, Tensor]


def llama() -> PreTrainedModel:
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**SIZES)).eval()


def qwen() -> PreTrainedModel:
    config = Qwen2Config(**SIZES, num_key_value_heads=2, tie_word_embeddings=True)
    return Qwen2ForCausalLM(config)


def bert(**options: Any) -> PreTrainedModel:
    torch.manual_seed(0)
    model: Any = BertForMaskedLM(BertConfig(**SIZES, **options)).eval()
    torch.nn.init.normal_(model.cls.predictions.bias)
    return model


def altered(model: PreTrainedModel, folder: Path, change: Callable[[Weights], Any]) -> Path:
    model.save_pretrained(folder)
    path = folder / "model.safetensors"
    weights = load_file(path)
    weights = change(weights) or weights
    save_file({name: value.contiguous() for name, value in weights.items()}, path)
    return folder


def configured(model: PreTrainedModel, folder: Path, **changes: Any) -> Path:
    model.save_pretrained(folder)
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return folder


def prefixed(prefix: str) -> Callable[[Weights], Weights]:
    return lambda weights: {prefix + name: value for name, value in weights.items()}


def put(name: str, value: Tensor) -> Callable[[Weights], None]:
    return lambda weights: weights.update({name: value})


def without(part: str) -> Callable[[Weights], Weights]:
    return lambda weights: {n: value for n, value in weights.items() if part not in n}


def quantized(weights: Weights) -> Weights:
    """As GPTQ stores a layer: packed integers under other names."""
    others = without(f"{QUERY}.weight")(weights)
    return others | {f"{QUERY}.qweight": torch.zeros(2, 8, dtype=torch.int32)}


def spoiled(value: float) -> Callable[[Weights], None]:
    def change(weights: Weights) -> None:
        weights[f"{QUERY}.weight"][3, 2] = value

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (prefixed("_orig_mod."), r"lack .*unknown names there: _orig_mod\.lm_head\.weight"),
        (prefixed("module."), r"unknown names there: module\.lm_head\.weight"),
        (without("layers.1."), r"lack model\.layers\.1\."),
        (without(f"{QUERY}."), rf"lack {QUERY}\.weight, which would be drawn at random"),
        (without("lm_head"), r"lack lm_head\.weight"),
        (put("model.norm.weight", torch.ones(9)), r"model\.norm\.weight has the shape \(9,\)"),
        (put(f"{QUERY}.bias", torch.ones(8)), r"q_proj\.bias, which the model .* ignore"),
        (put(f"{QUERY}.lora_A.default.weight", torch.ones(2, 8)), r"lora_A.*ignore"),
        (put("model.layers.2.mlp.up_proj.weight", torch.ones(12, 8)), r"layers\.2.*ignore"),
        (spoiled(float("nan")), rf"{QUERY}\.weight has NaN or infinite"),
        (spoiled(float("-inf")), rf"{QUERY}\.weight has NaN or infinite"),
        (put(f"{QUERY}.weight", torch.ones(8, 8, dtype=torch.int8)), "as I8: quantized"),
        (put(f"{QUERY}.weight", torch.ones(8, 8, dtype=torch.int64)), "as I64: quantized"),
        (put(f"{QUERY}.weight", torch.ones(8, 8).to(torch.float8_e4m3fn)), "F8_E4M3: quantized"),
        (put(f"{QUERY}.weight_scale", torch.ones(1)), r"weight_scale, which .* ignore"),
        (quantized, r"qweight as I32: quantized"),
    ],
)  # fmt: skip
def test_a_body_is_whole_and_plain(
    tmp_path: Path, change: Callable[[Weights], Any], told: str
) -> None:
    with pytest.raises(InputError, match=told) as caught:
        open_model(altered(llama(), tmp_path, change))
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_unused_parts_and_old_buffers_do_no_harm(tmp_path: Path) -> None:
    def change(weights: Weights) -> None:
        weights["cls.seq_relationship.weight"] = torch.ones(2, 8)
        weights["bert.pooler.dense.weight"] = torch.ones(8, 8)
        weights["bert.embeddings.position_ids"] = torch.arange(20)[None]

    model = bert()
    opened = open_model(altered(model, tmp_path, change))
    assert opened.drawn == ()
    assert torch.equal(opened.model(IDS).logits, model(IDS).logits)


def test_only_a_head_may_be_drawn(tmp_path: Path) -> None:
    BertModel(BertConfig(**SIZES)).save_pretrained(tmp_path / "body")
    drawn = open_model(tmp_path / "body").drawn
    assert "cls.predictions.transform.dense.weight" in drawn
    assert all(name.startswith("cls.predictions.") for name in drawn)

    def rename(weights: Weights) -> Weights:
        return {name.replace("cls.predictions", "generator"): w for name, w in weights.items()}

    with pytest.raises(InputError, match="may be the head under another name"):
        open_model(altered(bert(), tmp_path / "renamed", rename))


def two_matrices(name: str) -> Callable[[Weights], None]:
    return put(name, torch.randn(30, 8, generator=torch.Generator().manual_seed(1)))


@pytest.mark.parametrize(
    ("model", "output"),
    [
        (qwen(), "lm_head.weight"),
        (bert(), "cls.predictions.decoder.weight"),
        (RobertaForMaskedLM(RobertaConfig(**SIZES)), "lm_head.decoder.weight"),
    ],
    ids=["decoder", "bert", "roberta"],
)
def test_two_matrices_are_two_whatever_the_configuration_says(
    tmp_path: Path, model: Any, output: str
) -> None:
    opened: Any = open_model(altered(model, tmp_path / "in", two_matrices(output))).model
    assert not opened.config.tie_word_embeddings
    logits = opened(IDS).logits
    assert (logits - model.eval()(IDS).logits).abs().max() > 0.01
    opened.save_pretrained(tmp_path / "out")
    assert not json.loads((tmp_path / "out" / "config.json").read_text())["tie_word_embeddings"]
    again = type(model).from_pretrained(tmp_path / "out", trust_remote_code=False)
    assert torch.equal(again(IDS).logits, logits)


def test_equal_matrices_are_one_whatever_the_configuration_says(tmp_path: Path) -> None:
    model: Any = bert(tie_word_embeddings=False)
    with torch.no_grad():
        model.cls.predictions.decoder.weight.copy_(model.get_input_embeddings().weight)
        model.cls.predictions.decoder.bias.copy_(model.cls.predictions.bias)
    model.save_pretrained(tmp_path)
    opened: Any = open_model(tmp_path).model
    assert opened.config.tie_word_embeddings
    assert opened.get_output_embeddings().weight is opened.get_input_embeddings().weight
    assert torch.equal(opened(IDS).logits, model(IDS).logits)


def test_a_bias_of_two_names_is_found_under_either(tmp_path: Path) -> None:
    model: Any = bert(tie_word_embeddings=False)
    folder = altered(model, tmp_path, without("cls.predictions.decoder.bias"))
    opened: Any = open_model(folder)
    assert opened.drawn == ()
    assert torch.equal(opened.model.get_output_embeddings().bias, model.cls.predictions.bias)


FP8 = {"quant_method": "fp8", "weight_block_size": [128, 128]}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"quantization_config": FP8}, r"quantized \(quantization_config: fp8\)"),
        ({"quantization_config": {"load_in_4bit": True}}, "are quantized"),
        ({"compression_config": {"quant_method": "compressed-tensors"}}, "compressed-tensors"),
        ({"text_config": {"quantization_config": {"quant_method": "mxfp4"}}}, "mxfp4"),
        ({"auto_map": {"AutoModel": "own.Own"}}, "which lingraft never runs"),
        ({"auto_map": ["own.Own"]}, "which lingraft never runs"),
        ({"pad_token_id": 30}, "cannot be read"),
        ({"hidden_size": "many"}, "cannot be read"),
        ({"model_type": "of-tomorrow"}, "cannot be read"),
        ({"model_type": ["bert"]}, "names no model_type"),
        ({"transformers_weights": "../x.safetensors"}, "names files of weights"),
        ({"hidden_act": "none"}, "cannot be read"),
    ],
)  # fmt: skip
def test_a_configuration_that_cannot_be_followed(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told) as caught:
        open_model(configured(llama(), tmp_path, **changes))
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_how_to_compute_is_not_for_a_file_to_say(tmp_path: Path) -> None:
    model = llama()
    folder = configured(model, tmp_path, _attn_implementation="flash_attention_2")
    assert torch.equal(open_model(folder).model(IDS).logits, model(IDS).logits)


@pytest.mark.parametrize("place", ["../other.safetensors", "/etc/passwd", "sub/x.safetensors", 3])
def test_an_index_stays_in_its_folder(tmp_path: Path, place: Any) -> None:
    folder = tmp_path / "in"
    llama().save_pretrained(folder)
    (folder / "model.safetensors").rename(tmp_path / "other.safetensors")
    index = {"metadata": {}, "weight_map": {"lm_head.weight": place}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "x.safetensors").touch()
    with pytest.raises(InputError, match=r"index\.json (names .* not a file beside|cannot be)"):
        open_model(folder)


class Code:
    """What a pickle may hold beside tensors."""

    def __reduce__(self) -> Any:
        return (print, ("the code of a pickle ran",))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"x": Counter("ab"), "y": Code()}, "has more than tensors"),
        ({"state_dict": {"lm_head.weight": torch.ones(1)}}, "state_dict, a dict and not a tensor"),
        ([torch.ones(1)], "does not have tensors by name"),
        (None, "cannot be read"),
    ],
)
def test_a_pickle_holds_tensors_by_name_only(
    tmp_path: Path, content: Any, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    llama().save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    path = tmp_path / "pytorch_model.bin"
    if content is None:
        path.write_bytes(pickle.dumps(Code())[:-5])
    else:
        torch.save(content, path)
    with pytest.raises(InputError, match=told) as caught:
        open_model(tmp_path, pickles=True)
    assert "weights_only" not in str(caught.value)
    assert "the code of a pickle ran" not in capsys.readouterr().out


def test_old_pickles_of_tensors_are_read(tmp_path: Path) -> None:
    model = llama()
    model.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    opened = open_model(tmp_path, pickles=True)
    assert torch.equal(opened.model(IDS).logits, model(IDS).logits)


def test_an_adapter_is_not_a_model(tmp_path: Path) -> None:
    llama().save_pretrained(tmp_path)
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "/etc"}')
    with pytest.raises(InputError, match="has an adapter"):
        open_model(tmp_path)


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": 0.9, "top_p": 0.6},
        {"num_beams": 1, "early_stopping": True, "length_penalty": 2.0},
        {"max_new_tokens": -1},
        {"early_stopping": "sometimes"},
    ],
)
def test_settings_of_generation_can_be_written_again(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    llama().save_pretrained(tmp_path / "in")
    (tmp_path / "in" / "generation_config.json").write_text(json.dumps(settings))
    try:
        model: Any = open_model(tmp_path / "in").model
    except InputError as error:
        assert "\n" not in str(error)
        return
    model.generation_config.eos_token_id = [3, 4]
    model.save_pretrained(tmp_path / "out")


def test_a_head_without_a_row_a_token_is_refused(tmp_path: Path) -> None:
    DebertaV2ForMaskedLM(DebertaV2Config(**SIZES, legacy=False)).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="last layer of this deberta-v2 head has 8 rows"):
        open_model(tmp_path)


def test_a_role_that_the_architecture_does_not_know(tmp_path: Path) -> None:
    config = CodeGenConfig(vocab_size=30, n_embd=16, n_layer=1, n_head=4, rotary_dim=4)
    CodeGenForCausalLM(config).save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    content = json.loads(path.read_text())
    content.pop("pad_token_id", None)
    path.write_text(json.dumps(content))
    assert open_model(tmp_path).model.config.pad_token_id is None


def test_what_came_in_is_what_is_written(tmp_path: Path) -> None:
    model = bert().half()
    model.save_pretrained(tmp_path / "in")
    opened = open_model(tmp_path / "in").model
    assert opened.dtype == torch.float32
    opened.save_pretrained(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "config.json").read_text())["dtype"] == "float32"
    again = AutoModelForMaskedLM.from_pretrained(tmp_path / "out", trust_remote_code=False)
    assert torch.equal(again(IDS).logits, opened(IDS).logits)


def test_parts_that_the_layers_do_not_have_are_refused(tmp_path: Path) -> None:
    norm = "model.layers.1.self_attn.q_norm.weight"
    with pytest.raises(InputError, match=norm):
        open_model(altered(llama(), tmp_path, put(norm, torch.ones(4))))


def test_a_weight_in_two_shards_is_refused(tmp_path: Path) -> None:
    llama().save_pretrained(tmp_path, max_shard_size="2KB")
    first, *_, last = sorted(tmp_path.glob("model-*.safetensors"))
    name, tensor = next(iter(load_file(first).items()))
    save_file({**load_file(last), name: tensor + 1}, last, metadata={"format": "pt"})
    with pytest.raises(InputError, match=f"both have {name}"):
        open_model(tmp_path)


def test_a_transposed_pickle_is_laid_out_in_rows(tmp_path: Path) -> None:
    model = bert()
    model.config.save_pretrained(tmp_path)
    weights = {
        k: v.t().contiguous().t() if v.dim() == 2 else v for k, v in model.state_dict().items()
    }
    torch.save(weights, tmp_path / "pytorch_model.bin")
    opened = open_model(tmp_path, pickles=True).model
    assert all(parameter.is_contiguous() for parameter in opened.parameters())
    torch.testing.assert_close(opened(IDS).logits, model(IDS).logits)
