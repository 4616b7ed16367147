"""Columns that stay as they are: which they are, and that they keep every bit."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from tests.tokenizers_of_kinds import tokenizer_of
from torch import Tensor
from transformers import (
    AutoModelForCausalLM,
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    LlamaConfig,
    PreTrainedTokenizerFast,
)

from lingraft.config.pretraining import Pretraining
from lingraft.config.training_stages import FilledStage
from lingraft.errors import ConfigError, InputError
from lingraft.tokenizers.templates import fixed_tokens
from lingraft.training.batches import Batch
from lingraft.training.engine import Engine
from lingraft.training.layout import Layout
from lingraft.training.objectives import LanguageModeling
from lingraft.training.selection import hold
from lingraft.training.shielding import (
    Shielding,
    StageShield,
    column_scores,
    highest,
    read_scores,
    sample,
    shielding_of,
    write_scores,
)
from lingraft.training.world import join_world

TOKENS = 40
ROWS = [[5, 6, 7, 8, 9], [10, 11], [5, 5, 12, 13, 14, 15, 16]]


def model_of(kind: str) -> Any:
    torch.manual_seed(1)
    if kind == "llama":
        config: Any = LlamaConfig(
            vocab_size=TOKENS, hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=12, tie_word_embeddings=False,
        )  # fmt: skip
        return AutoModelForCausalLM.from_config(config).eval()
    if kind == "gpt2":
        config = GPT2Config(vocab_size=TOKENS, n_embd=8, n_layer=1, n_head=2, n_positions=16)
        return AutoModelForCausalLM.from_config(config).eval()
    config = BertConfig(
        vocab_size=TOKENS, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=12, max_position_embeddings=16,
    )  # fmt: skip
    return BertForMaskedLM(config).eval()


def slow_scores(model: Any, module: Any, is_transposed: bool) -> list[float]:
    """The formula, number by number: sum over i of |W_ij| times the norm of input j."""
    seen: list[list[float]] = []

    def note(_: Any, inputs: tuple[Tensor, ...]) -> None:
        seen.extend(inputs[0].reshape(-1, inputs[0].shape[-1]).tolist())

    handle = module.register_forward_pre_hook(note)
    with torch.inference_mode():
        for row in ROWS:
            model(input_ids=torch.tensor([row]))
    handle.remove()
    weight_OI = module.weight.T.tolist() if is_transposed else module.weight.tolist()
    return [
        sum(abs(weights_I[j]) for weights_I in weight_OI) * sum(x[j] ** 2 for x in seen) ** 0.5
        for j in range(len(weight_OI[0]))
    ]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("llama", ["model.layers.0.self_attn.q_proj", "model.layers.1.mlp.down_proj"]),
        ("gpt2", ["transformer.h.0.attn.c_attn", "transformer.h.0.mlp.c_proj"]),
        ("bert", ["bert.encoder.layer.0.attention.self.key"]),
    ],
)
def test_scores_are_the_formula(kind: str, names: list[str]) -> None:
    model = model_of(kind)
    scores = column_scores(model, ROWS)
    for name in names:
        slow = slow_scores(model, model.get_submodule(name), kind == "gpt2")
        assert scores[f"{name}.weight"].tolist() == pytest.approx(slow, rel=1e-5)
    apart = {id(model.get_input_embeddings().weight), id(model.get_output_embeddings().weight)}
    linear = {name for name, p in model.named_parameters() if p.ndim > 1 and id(p) not in apart}
    assert set(scores) == {
        name for name in linear if "embeddings" not in name and "wpe" not in name
        and "cls." not in name
    }  # fmt: skip
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_the_order_of_the_rows_does_not_matter() -> None:
    model = model_of("llama")
    one, other = column_scores(model, ROWS), column_scores(model, ROWS[::-1])
    for name, scores_I in one.items():
        assert torch.allclose(scores_I, other[name], rtol=1e-9)


@pytest.mark.parametrize(
    ("scores", "share", "held"),
    [
        ([1.0, 3.0, 2.0, 4.0], 0.5, [0, 1, 0, 1]),
        ([1.0, 1.0, 1.0, 1.0, 1.0], 0.5, [1, 1, 0, 0, 0]),
        ([1.0, 2.0], 0.4, [0, 0]),
    ],
)
def test_the_highest_columns_are_held(scores: list[float], share: float, held: list[int]) -> None:
    assert highest(torch.tensor(scores), share).tolist() == [bool(x) for x in held]


def test_scores_are_read_as_they_were_written_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "shield.safetensors"
    scores = {"b": torch.rand(5).double(), "a": torch.rand(3).double()}
    write_scores(scores, path)
    found = read_scores(path)
    assert found.keys() == scores.keys()
    assert all(torch.equal(found[name], scores[name]) for name in scores)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"is damaged .* delete it to score again"):
        read_scores(path)
    path.write_bytes(data[:20])
    with pytest.raises(InputError, match="delete it to score again"):
        read_scores(path)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "english"
    folder.mkdir()
    lines = [json.dumps({"id": str(n), "text": f"text {n}"}) for n in range(50)]
    (folder / "train.jsonl").write_text("\n".join(lines))
    return folder


def test_a_sample_is_of_all_parts_and_does_not_depend_on_the_order(corpus: Path) -> None:
    found = sample(corpus, 10)
    assert len(set(found)) == 10
    assert {int(text.split()[1]) // 25 for text in found} == {0, 1}
    path = corpus / "train.jsonl"
    path.write_text("\n".join(path.read_text().splitlines()[::-1]))
    assert sample(corpus, 10) == found
    assert len(sample(corpus, 100)) == 50


def stage_of(**settings: Any) -> FilledStage:
    recipe = Pretraining(
        objective="causal", steps=1, learning_rate=0.1, sequence_length=8, **settings
    )
    return recipe.all_stages[0]


@pytest.fixture
def prepared(tmp_path: Path, corpus: Path) -> tuple[Any, Shielding]:
    """A model with a chat template, and text."""
    backend = tokenizer_of("specials-behind", ["text 1 and text 2"])
    backend.add_special_tokens(["<|im_end|>"])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, eos_token="<|endoftext|>",
        chat_template="{{ messages[0].content + '<|im_end|>' }}",
    )  # fmt: skip
    torch.manual_seed(2)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=12,
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config)
    model.save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    recipe = Pretraining(steps=1, shield={"corpus": "english"})  # type: ignore[arg-type]
    return model, shielding_of(recipe, tmp_path / "model", {"english": corpus})


def test_what_a_stage_holds(prepared: tuple[Any, Shielding], tmp_path: Path) -> None:
    model, shielding = prepared

    def shield(share: float = 0.5, **settings: Any) -> StageShield:
        block = {"corpus": "english", "documents": 4, "share": share}
        found = shielding.of_stage(stage_of(shield=block, **settings), tmp_path)
        assert found is not None
        return found

    one = shield(0.25, layers=[-1])
    read: list[int] = []
    one.score(torch.device("cpu"), lambda: read.append(1))
    assert len(read) == 4
    before = one.scores.read_bytes()
    one.score(torch.device("cpu"), lambda: read.append(1))
    assert len(read) == 4 and one.scores.read_bytes() == before  # once
    held = one.held(model)
    head, embeddings = held.pop("lm_head.weight"), held.pop("model.embed_tokens.weight")
    assert torch.equal(head, embeddings)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(shielding.model)
    fixed = fixed_tokens(tokenizer)
    assert {"<|endoftext|>", "<|im_end|>"} <= set(fixed)
    assert head.flatten().nonzero().flatten().tolist() == sorted(fixed.values())
    assert len(held) == 7 and all(".layers.1." in name for name in held)
    for name, held_I in held.items():
        assert int(held_I.sum()) == (3 if "down_proj" in name else 2)
    body = shield(train="body")
    assert body.scores == one.scores  # the share is chosen later
    assert not {"lm_head.weight", "model.embed_tokens.weight"} & set(body.held(model))
    assert shielding.of_stage(stage_of(), tmp_path) is None
    with pytest.raises(ConfigError, match=r"shield: no column is held; .* or share is too small"):
        shield(0.01).held(model)


@pytest.mark.parametrize("decay", [0.0, 0.5])
@pytest.mark.parametrize(
    ("zero_stage", "precision"), [(0, "fp32"), (0, "bf16"), (1, "bf16"), (2, "fp32"), (3, "fp32")]
)
def test_an_update_leaves_held_columns_and_moves_the_rest(
    decay: float, zero_stage: int, precision: str
) -> None:
    world = join_world()
    model = model_of("llama")
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    name = "model.layers.0.mlp.up_proj.weight"
    held = {
        name: torch.tensor([True, False] * 4),
        "lm_head.weight": (torch.arange(TOKENS) % 3 == 0)[:, None],
    }
    hold(model, held)
    recipe = Pretraining(
        objective="causal", steps=1, learning_rate=0.1, weight_decay=decay, epsilon=1e30,
        sequence_length=8,
    )  # fmt: skip
    layout = Layout(zero_stage, precision, micro_batch=1, accumulation=1)
    engine = Engine(LanguageModeling(model), recipe, recipe.all_stages[0], layout, world, held)
    _update(engine)
    after = {name: tensor.clone() for name, tensor in engine.weights()}
    engine.close()
    # With an epsilon so large nothing moves but by decay: all that is free shrinks alike.
    for other, found in after.items():
        wanted = before[other]
        if wanted.ndim > 1:
            free = ~held[other] if other in held else torch.tensor(True)
            wanted = torch.where(free, wanted * (1 - 0.1 * decay), wanted)
        assert torch.allclose(found, wanted, rtol=1e-6, atol=1e-12)
    for other, mask in held.items():
        kept = mask.expand_as(before[other])
        assert torch.equal(after[other][kept], before[other][kept])
        assert decay == 0 or not torch.equal(after[other][~kept], before[other][~kept])


def _update(engine: Engine) -> None:
    ids_NL = np.arange(5, 13)[None]
    batch = Batch(ids_NL, np.arange(7), ids_NL[0, 1:])
    engine.update([(1, batch)], batch.counts, 1.0)


@pytest.mark.parametrize(
    "settings",
    [
        {"train": "embeddings"},
        {"train": "new-rows"},
        {"train": "head"},
        {"stages": [{"steps": 1}], "steps": None},
    ],
)
def test_a_shield_is_of_the_body(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="shield would have no effect here"):
        Pretraining(**{"steps": 1, "shield": {"corpus": "english"}, **settings})


def test_a_shield_and_an_adapter_exclude_each_other() -> None:
    with pytest.raises(ValidationError, match="adapter leaves every column as it is"):
        Pretraining(steps=1, shield={"corpus": "english"}, adapter={})  # type: ignore[arg-type]


def test_corpora_of_shields_are_given(corpus: Path, tmp_path: Path) -> None:
    recipe = Pretraining(steps=1, shield={"corpus": "english"})  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"give it by `calibration=NAME=DIR`"):
        shielding_of(recipe, tmp_path, {})
    with pytest.raises(ConfigError, match=r"`calibration=english` has no effect"):
        shielding_of(Pretraining(steps=1), tmp_path, {"english": corpus})
    with pytest.raises(InputError, match=r"neither train.jsonl.zst nor train.jsonl"):
        shielding_of(recipe, tmp_path, {"english": tmp_path})
    assert shielding_of(Pretraining(steps=1), tmp_path, {}).identity == {}


def test_a_recipe_without_a_shield_is_what_it_was() -> None:
    for recipe in (Pretraining(steps=1), Pretraining(stages=[{"steps": 1}])):  # type: ignore[list-item]
        told = recipe.model_dump_json(exclude_none=True)
        assert "shield" not in told and "merge" not in told
