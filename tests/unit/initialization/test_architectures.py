"""One vocabulary for another in many architectures: what plain transformers reads is the source.

The target has the source's tokens under other ids (the pad token's id too), so the result must say
what the source says, number by number.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.unit.initialization.architecture_samples import (
    CAUSAL,
    MASKED,
    SPECIAL,
    TARGET,
    WORDS,
    auto,
    make_model,
    save_tokenizer,
)

from lingraft.errors import InputError
from lingraft.initialization.methods import check_method
from lingraft.initialization.stage import Transfer, transfer

IDS = torch.tensor([[0, 10, 20, 30, 4, 12, 2], [0, 11, 15, 2, 1, 1, 1]])


def save_source(folder: Path, model: Any) -> Path:
    model.save_pretrained(folder)
    return save_tokenizer(folder, [*SPECIAL, *WORDS])


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tokenizer(tmp_path_factory.mktemp("target"), TARGET)


def run(source: Path, target: Path, output: Path, **options: Any) -> None:
    settings = check_method({"method": "lexical", "bias": "copy", **options}, "settings")
    transfer(Transfer(source_model=source, target_tokenizer=target, method=settings, output=output))


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
    from lingraft.initialization import stage as module

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
