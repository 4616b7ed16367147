"""One vocabulary for another in many architectures: what plain transformers reads is the source.

The target has the source's tokens under other ids (the pad token's id too), so the result must say
what the source says, number by number.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, PreTrainedTokenizerFast

from lingraft.errors import InputError
from lingraft.initialization.transfer import Transfer, read_method, transfer

WORDS = [f"w{number}" for number in range(40)]
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
TARGET = ["<unk>", "</s>", "<mask>", "<s>", "<pad>", *reversed(WORDS)]
ROLES = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "unk": "<unk>",
         "pad": "<pad>", "mask": "<mask>"}  # fmt: skip
IDS = torch.tensor([[0, 10, 20, 30, 4, 12, 2], [0, 11, 15, 2, 1, 1, 1]])
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
    backend = Tokenizer(models.WordLevel({t: i for i, t in enumerate(tokens)}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    named = {f"{role}_token": token for role, token in roles.items()}
    PreTrainedTokenizerFast(tokenizer_object=backend, **named).save_pretrained(folder)
    return folder


def save_source(folder: Path, model: Any) -> Path:
    model.save_pretrained(folder)
    return save_tokenizer(folder, [*SPECIAL, *WORDS])


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tokenizer(tmp_path_factory.mktemp("target"), TARGET)


def run(source: Path, target: Path, output: Path, *options: str) -> None:
    settings = read_method("lexical", None, ["bias=copy", *options])
    transfer(Transfer(source, target, settings, output))


def difference(kind: str, source: Path, output: Path) -> float:
    """Of the logits, by plain transformers, up to the permutation of ids."""
    order = torch.tensor([TARGET.index(token) for token in [*SPECIAL, *WORDS]])
    mask = (IDS != 1).long()
    one, two = (auto(kind).from_pretrained(folder).eval() for folder in (source, output))
    with torch.no_grad():
        expected = one(input_ids=IDS, attention_mask=mask).logits
        found = two(input_ids=order[IDS], attention_mask=mask).logits[..., order]
    return float((found - expected)[mask.bool()].abs().max())


@pytest.mark.parametrize("tied", [None, False])
@pytest.mark.parametrize("kind", [*MASKED, *CAUSAL])
def test_the_result_says_what_the_source_says(
    kind: str, tied: bool | None, target: Path, tmp_path: Path
) -> None:
    source = save_source(tmp_path / "source", make_model(kind, tied))
    run(source, target, tmp_path / "out")
    assert difference(kind, source, tmp_path / "out") < 1e-4


def test_an_architecture_that_fixes_its_pad_token(target: Path, tmp_path: Path) -> None:
    source = save_source(tmp_path / "source", make_model("MPNet", None))
    with pytest.raises(InputError, match="train a tokenizer whose pad token has id 1"):
        run(source, target, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    other = ["<unk>", "<pad>", "</s>", "<s>", "<mask>", *reversed(WORDS)]
    run(source, save_tokenizer(tmp_path / "other", other), tmp_path / "out")


@pytest.mark.parametrize("kind", ["Bert", "Qwen2"])
def test_a_head_of_its_own_under_a_configuration_that_says_tied(
    kind: str, target: Path, tmp_path: Path
) -> None:
    """As adapters write it that train the head."""
    source = save_source(tmp_path / "source", make_model(kind, True))
    weights = load_file(source / "model.safetensors")
    head = {"Bert": "cls.predictions.decoder.weight", "Qwen2": "lm_head.weight"}[kind]
    weights[head] = torch.randn(45, 16)
    save_file(weights, source / "model.safetensors", metadata={"format": "pt"})
    run(source, target, tmp_path / "out")
    assert difference(kind, source, tmp_path / "out") < 1e-4
    config = json.loads((tmp_path / "out" / "config.json").read_text("utf-8"))
    assert config["tie_word_embeddings"] is False


def test_a_difference_leaves_nothing(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever initialization does not know of: here a result that lost the source's positions."""
    from lingraft.initialization import transfer as module

    install = module.install

    def forgetful(*arguments: Any) -> Any:
        model = install(*arguments)
        model.get_submodule("bert.embeddings.position_embeddings").weight.data.zero_()
        return model

    monkeypatch.setattr(module, "install", forgetful)
    source = save_source(tmp_path / "source", make_model("Bert", None))
    with pytest.raises(InputError, match=r"BertForMaskedLM \(bert\).* text of copied tokens"):
        run(source, target, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"source"}
