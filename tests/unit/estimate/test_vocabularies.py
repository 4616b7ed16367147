"""What a vocabulary costs: counted by hand, and as the models themselves are counted."""

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    RobertaConfig,
    RobertaForMaskedLM,
)

from lingraft.artifacts import new_artifact
from lingraft.config.pretraining import Pretraining
from lingraft.errors import InputError
from lingraft.estimate.catalogue import ModelShape
from lingraft.estimate.compute import operations, operations_until
from lingraft.estimate.vocabularies import ModelSizes, sizes_of, vocabulary_costs
from lingraft.evaluation.measures.forward_cost import flops_per_token, parameter_counts

V, H, L, T = 120, 16, 2, 32
SMALL = {"vocab_size": V, "hidden_size": H, "num_hidden_layers": L, "intermediate_size": 24}
SMALL |= {"num_attention_heads": 4, "max_position_embeddings": 64}
MODELS = {
    "bert": lambda: BertForMaskedLM(BertConfig(**SMALL)),
    "roberta": lambda: RobertaForMaskedLM(RobertaConfig(**SMALL, pad_token_id=1)),
    "gpt2": lambda: GPT2LMHeadModel(
        GPT2Config(vocab_size=V, n_embd=H, n_layer=L, n_head=4, n_positions=64)
    ),
    "llama": lambda: LlamaForCausalLM(
        LlamaConfig(**SMALL, num_key_value_heads=2, tie_word_embeddings=True)
    ),
    "untied": lambda: LlamaForCausalLM(LlamaConfig(**SMALL, tie_word_embeddings=False)),
}


def saved(model: Any, folder: Path) -> Path:
    with new_artifact(folder, "model", settings={}, inputs={}) as staging:
        model.save_pretrained(staging)
    return folder


def recipe(objective: str = "causal", **changes: Any) -> Pretraining:
    block = {"steps": 10, "batch_size": 2, "sequence_length": T, "objective": objective}
    return Pretraining.model_validate(block | changes)


@pytest.mark.parametrize("name", MODELS)
def test_the_counts_are_those_of_the_model_itself(name: str, tmp_path: Path) -> None:
    model = MODELS[name]()
    sizes = sizes_of(saved(model, tmp_path / name))
    counted = parameter_counts(model)
    assert sizes.total == counted["parameters"]
    assert sizes.untied == (name == "untied")
    assert sizes.objective == ("masked" if name in ("bert", "roberta") else "causal")
    assert sizes.longest == (62 if name == "roberta" else 64)  # RoBERTa begins behind its padding
    costs = vocabulary_costs(sizes, V, 1.0, recipe(sizes.objective))
    assert costs.total == sizes.total
    if sizes.objective == "causal":
        # The task `efficiency` counts from the modules. It has the biases of no layer either.
        assert costs.inference == flops_per_token(model, T)


@pytest.mark.parametrize("name", ["bert", "llama", "untied"])
def test_more_rows_are_what_a_larger_model_has(name: str, tmp_path: Path) -> None:
    sizes = sizes_of(saved(MODELS[name](), tmp_path / "small"))
    larger = MODELS[name]().config
    larger.vocab_size = V + 50
    model = type(MODELS[name]())(larger)
    costs = vocabulary_costs(sizes, V + 50, 2.0, recipe(sizes.objective))
    assert costs.total == parameter_counts(model)["parameters"]


def of(width: int | None = None, untied: bool = False, objective: Any = "causal") -> ModelSizes:
    shape = ModelShape(L, H, 24, V, counted=1000, width=width)
    row = (width or H) * (1 + untied)
    return ModelSizes(shape, row, 1000 + V * row, untied, objective, 2 * L * H, 64)


def test_costs_follow_the_bytes_of_a_token() -> None:
    one, two = (vocabulary_costs(of(), V, density, recipe()) for density in (1.0, 2.0))
    assert (one.training, one.inference, one.cache) == (
        2 * two.training, 2 * two.inference, 2 * (two.cache or 0),
    )  # fmt: skip
    assert two.context == 2 * (one.context or 0) == 128
    # Two numbers of two bytes for each of L layers and H dimensions.
    assert one.cache == 2 * 2 * L * H
    # 2 for each weight and token, attention, and the head at each token.
    assert one.inference == 2 * (1000 + V * H) + 4 * L * T * H
    assert one.training == 6 * (1000 + V * H) + 12 * L * T * H


def test_a_masked_head_is_paid_where_it_predicts() -> None:
    costs = vocabulary_costs(of(objective="masked"), V, 1.0, recipe("masked"))
    assert costs.inference == 2 * 1000 + 4 * L * T * H  # an encoder has no head in use
    assert costs.training == pytest.approx(6 * (1000 + 0.15 * V * H) + 12 * L * T * H)
    assert costs.cache is None


def test_a_factorization_and_a_head_of_its_own_are_weights() -> None:
    narrow = vocabulary_costs(of(), V, 1.0, recipe(), width=4)
    assert narrow.embeddings == V * 4 + 4 * H
    assert narrow.total == 1000 + narrow.embeddings
    untied = vocabulary_costs(of(), V, 1.0, recipe(untie=True))
    assert untied.embeddings == 2 * V * H
    assert vocabulary_costs(of(untied=True), V, 1.0, recipe(), width=4).embeddings == 2 * (
        V * 4 + 4 * H
    )


def test_special_tokens_take_room() -> None:
    assert vocabulary_costs(of(), V, 3.0, recipe(), specials=2).context == 3 * 62


def test_stages_are_paid_as_they_come() -> None:
    shape = of().shape
    stages = [{"steps": 4, "train": "head"}, {"steps": 6}]
    staged = recipe(steps=None, stages=stages)
    whole = operations(shape, V, None, staged)
    first = operations(shape, V, None, recipe(steps=None, stages=stages[:1]))
    parts = [operations_until(shape, V, None, staged, step) for step in (0, 2, 4, 7, 10)]
    rest = whole - first
    assert parts == pytest.approx([0, first / 2, first, first + rest / 2, whole])


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    with new_artifact(folder, "model", settings={}, inputs={}) as staging:
        MODELS["bert"]().save_pretrained(staging)
        config = json.loads((staging / "config.json").read_text())
        (staging / "config.json").write_text(json.dumps(config | {"vocab_size": 77}))
    with pytest.raises(InputError, match="has no table of 77 tokens"):
        sizes_of(folder)
