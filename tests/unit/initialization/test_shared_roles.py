"""One token with several roles (`<|endoftext|>`): whose row it gets, and that it is trained."""

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.unit.initialization.architecture_samples import (
    ROLES,
    SIZES,
    SPECIAL,
    WORDS,
    make_model,
    save_tokenizer,
)
from transformers import LlamaConfig, LlamaForCausalLM

from lingraft.errors import InputError
from lingraft.initialization.match import match_roles
from lingraft.initialization.methods.lexical import Lexical
from lingraft.initialization.stage import Transfer, transfer
from lingraft.models.door import open_model
from lingraft.models.loading import load_model
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.token_table import TokenTable
from lingraft.training.objectives import LanguageModeling

SHARED = "<|endoftext|>"
# By what a text needs: the first of a token's roles decides.
ORDER = ("sep", "eos", "cls", "bos", "mask", "unk", "pad")
SOURCE_ROLES = {role: f"<{role}>" for role in ORDER}


def table(folder: Path, roles: dict[str, str]) -> TokenTable:
    save_tokenizer(folder, [*dict.fromkeys(roles.values()), *WORDS], roles)
    return TokenTable(load_tokenizer(folder))


@pytest.mark.parametrize("roles", [*itertools.combinations(ORDER, 2), ORDER, ("eos", "unk", "pad")])
def test_of_two_roles_the_one_that_texts_need_decides(
    roles: tuple[str, ...], tmp_path: Path
) -> None:
    source = table(tmp_path / "source", SOURCE_ROLES)
    target = table(tmp_path / "target", dict.fromkeys(roles, SHARED))
    pairs = dict(zip(*(side.tolist() for side in match_roles(target, source)), strict=True))
    assert pairs == {target.ids[SHARED]: source.ids[f"<{roles[0]}>"]}


def test_an_equal_string_is_the_same_token_whatever_its_role(tmp_path: Path) -> None:
    """A chat model: eos ends a turn, and `<|endoftext|>` a text."""
    chat = {"bos": "<|im_start|>", "eos": "<|im_end|>", "pad": SHARED}
    source = table(tmp_path / "source", chat)
    target = table(tmp_path / "target", dict.fromkeys(("bos", "eos", "pad"), SHARED))
    ids = match_roles(target, source)
    assert [side.tolist() for side in ids] == [[target.ids[SHARED]], [source.ids[SHARED]]]


def test_a_role_that_the_source_lacks_decides_nothing(tmp_path: Path) -> None:
    source = table(tmp_path / "source", {"unk": "<unk>", "pad": "<pad>"})
    target = table(tmp_path / "target", dict.fromkeys(("bos", "eos", "unk", "pad"), SHARED))
    ids = match_roles(target, source)
    assert [side.tolist() for side in ids] == [[target.ids[SHARED]], [source.ids["<unk>"]]]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    roles = dict.fromkeys(("bos", "eos", "unk", "pad"), SHARED)
    return save_tokenizer(tmp_path_factory.mktemp("target"), [SHARED, *WORDS], roles)


def initialize(model: Any, target: Path, folder: Path) -> Path:
    model.save_pretrained(folder / "source")
    save_tokenizer(folder / "source", [*SPECIAL, *WORDS], ROLES)
    job = Transfer(
        source_model=folder / "source",
        target_tokenizer=target,
        method=Lexical(),
        output=folder / "out",
    )
    transfer(job)
    return folder / "out"


def optimizer_step(model: Any) -> None:
    """One step of training on a row with the shared token between its documents."""
    ids_NL = torch.tensor([[5, 6, 0, 7, 8, 0, 9]])
    places_P = torch.arange(6)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    LanguageModeling(model)(ids_NL, places_P, ids_NL[0, 1:]).backward()
    optimizer.step()


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("kind", ["Llama", "Mistral", "Qwen2", "Gemma", "OPT", "XGLM"])
def test_the_shared_token_is_the_end_of_a_text_and_is_trained(
    kind: str, tied: bool, target: Path, tmp_path: Path
) -> None:
    source = make_model(kind, tied)
    expected = source.get_input_embeddings().weight[SPECIAL.index("</s>")]
    model: Any = load_model(initialize(source, target, tmp_path))
    rows = model.get_input_embeddings().weight
    assert torch.equal(rows[0], expected)
    before = rows.detach().clone()
    optimizer_step(model)
    moved = (rows.detach() - before).abs().sum(dim=1)
    assert moved[0] > 0.1 * moved[[5, 6, 7, 8]].mean()  # as others move, not as padding
    generation = model.generation_config
    assert (model.config.pad_token_id, generation.pad_token_id) == (None, 0)
    assert generation.eos_token_id == generation.bos_token_id == 0


def test_a_source_that_ends_texts_with_its_pad_token_trains_it(tmp_path: Path) -> None:
    """As GPT-2's and Mistral's configurations are often published: pad_token_id = eos_token_id."""
    config = LlamaConfig(**SIZES | {"pad_token_id": 2})
    LlamaForCausalLM(config).save_pretrained(tmp_path)
    model: Any = open_model(tmp_path).model
    before = model.get_input_embeddings().weight.detach().clone()
    ids_NL = torch.tensor([[5, 2, 6]])
    model(input_ids=ids_NL, labels=ids_NL).loss.backward()
    assert model.get_input_embeddings().weight.grad[2].any()
    assert model.config.pad_token_id == 2
    assert torch.equal(before, model.get_input_embeddings().weight)


def test_positions_cannot_be_counted_from_a_token_of_texts(target: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="roberta counts positions from the pad token, which"):
        initialize(make_model("Roberta", None), target, tmp_path)
    assert not (tmp_path / "out").exists()
