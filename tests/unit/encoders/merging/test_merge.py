"""Models in folders become one model in a folder, or are refused in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import merging_samples as samples
import pytest
import torch
from torch import Tensor, nn

from lingraft.artifacts import verify
from lingraft.encoders.merging.given import Given
from lingraft.encoders.merging.members import Member
from lingraft.encoders.merging.merge import RECORD, merge_models, merge_weights
from lingraft.encoders.merging.methods.average import Average
from lingraft.encoders.merging.methods.method import Merging
from lingraft.encoders.merging.methods.self_positioning import SelfPositioning
from lingraft.encoders.merging.methods.slerp import Slerp
from lingraft.encoders.merging.methods.task_arithmetic import TaskArithmetic
from lingraft.encoders.merging.methods.ties import Ties
from lingraft.encoders.merging.positions import ModuleProbe
from lingraft.errors import ArtifactError, InputError
from lingraft.models.loading import load_model
from lingraft.models.self_test import ties


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """A base and two members."""
    return {
        name: samples.write(tmp_path / name, samples.bert(seed))
        for seed, name in enumerate(["base", "one", "other"])
    }


def record_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / RECORD).read_text("utf-8")))


METHODS = [Average(), Slerp(t=0.3), TaskArithmetic(), Ties(density=0.5)]


@pytest.mark.parametrize("settings", METHODS, ids=lambda settings: settings.method)
def test_a_merge_is_a_model_with_its_record(
    settings: Merging, folders: dict[str, Path], tmp_path: Path
) -> None:
    members = {name: folders[name] for name in ("one", "other")}
    base = folders["base"] if settings.needs_base else None
    merge_models(settings, members, tmp_path / "merged", base)
    manifest = verify(tmp_path / "merged", "model")
    assert manifest.settings["method"] == settings.method
    record = record_of(tmp_path / "merged")
    assert record["method"] == settings.model_dump(mode="json")
    assert record["members"] == {name: verify(path).digest for name, path in members.items()}
    assert (record["base"] is None) == (base is None)
    merged: Any = load_model(tmp_path / "merged")
    assert ties(merged) == ties(load_model(folders["one"]))
    expected = merge_weights(
        settings,
        Given(
            {name: dict(load_model(path).named_parameters()) for name, path in members.items()},
            dict(load_model(base).named_parameters()) if base else None,
        ),
    )
    for name, parameter in merged.named_parameters():
        assert torch.equal(parameter, expected.weights[name])
    assert (tmp_path / "merged" / "tokenizer.json").is_file()


def test_the_same_merge_has_the_same_files(folders: dict[str, Path], tmp_path: Path) -> None:
    members = {name: folders[name] for name in ("one", "other")}
    for name in ("first", "second"):
        merge_models(Ties(), members, tmp_path / name, folders["base"])
    first, second = (verify(tmp_path / name) for name in ("first", "second"))
    assert first.digest == second.digest


def test_a_head_of_its_own_stays_one(tmp_path: Path) -> None:
    models = [samples.bert(seed, tie_word_embeddings=False) for seed in (1, 2)]
    members = {str(n): samples.write(tmp_path / str(n), model) for n, model in enumerate(models)}
    merge_models(Average(), members, tmp_path / "merged")
    model: Any = load_model(tmp_path / "merged")
    output, matrix = model.get_output_embeddings().weight, model.get_input_embeddings().weight
    assert output is not matrix and not torch.equal(output, matrix)


def test_factorized_embeddings_are_multiplied_out(tmp_path: Path) -> None:
    """The mean of the products, which no product of two means is; a dense member fits beside."""
    models = [samples.factorized(samples.bert(1)), samples.bert(2)]
    members = {str(n): samples.write(tmp_path / str(n), model) for n, model in enumerate(models)}
    merge_models(Average(), members, tmp_path / "merged")
    merged: Any = load_model(tmp_path / "merged")
    assert merged.config.model_type == "bert"
    mean = sum(model.get_input_embeddings().weight.detach() for model in models) / 2
    assert torch.allclose(merged.get_input_embeddings().weight, mean, rtol=0, atol=1e-6)
    assert merged.get_output_embeddings().weight is merged.get_input_embeddings().weight
    assert record_of(tmp_path / "merged")["multiplied_out"] == ["0"]


def other_width() -> Any:
    return samples.bert(1, hidden_size=8)


def other_heads() -> Any:
    """The same shapes, and yet no mixture of both means anything."""
    return samples.bert(1, num_attention_heads=4)


def own_head() -> Any:
    return samples.bert(1, tie_word_embeddings=False)


def other_architecture() -> Any:
    from transformers import DistilBertConfig, DistilBertForMaskedLM

    return DistilBertForMaskedLM(
        DistilBertConfig(vocab_size=40, dim=16, n_layers=1, n_heads=2, hidden_dim=24)
    ).eval()


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (other_width, "odd cannot be merged with one: .* hidden_size 8, not 16"),
        (other_heads, "odd cannot be merged with one: .* num_attention_heads 4, not 2"),
        (own_head, "odd cannot be merged with one: .* tie_word_embeddings False, not True"),
        (
            other_architecture,
            r"odd .*: it is a DistilBertForMaskedLM \(distilbert\), not a BertFor",
        ),
    ],
)
def test_models_that_cannot_be_merged(
    make: Callable[[], Any], problem: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    members = {"one": folders["one"], "odd": samples.write(tmp_path / "odd", make())}
    with pytest.raises(InputError, match=problem) as refused:
        merge_models(Average(), members, tmp_path / "merged")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "merged").exists()


def test_dropout_is_no_reason_to_refuse(folders: dict[str, Path], tmp_path: Path) -> None:
    calm = samples.bert(1, hidden_dropout_prob=0.0)
    members = {"one": folders["one"], "calm": samples.write(tmp_path / "calm", calm)}
    merge_models(Average(), members, tmp_path / "merged")


def test_another_vocabulary_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    words = [*samples.WORDS[:-1], "w40"]
    odd = samples.write(tmp_path / "odd", samples.bert(1), words)
    with pytest.raises(InputError, match=r"odd cannot be merged with one: .* tokenizer \(model\)"):
        merge_models(Average(), {"one": folders["one"], "odd": odd}, tmp_path / "merged")


def test_a_base_of_another_kind_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    members = {name: folders[name] for name in ("one", "other")}
    odd = samples.write(tmp_path / "odd", other_heads())
    with pytest.raises(InputError, match="the base cannot be merged with one"):
        merge_models(Ties(), members, tmp_path / "merged", odd)


def test_a_folder_without_a_manifest_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtifactError, match="manifest"):
        merge_models(
            Average(), {"one": folders["one"], "none": tmp_path / "empty"}, tmp_path / "merged"
        )


class Contrast(nn.Module):
    """InfoNCE of texts and their partners over the means of the last states (a masked model)."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, texts_NL: Tensor, partners_NL: Tensor) -> Tensor:
        vectors = [
            nn.functional.normalize(self.model.bert(ids).last_hidden_state.mean(dim=1), dim=-1)
            for ids in (texts_NL, partners_NL)
        ]
        scores_NN = vectors[0] @ vectors[1].T / 0.1
        return nn.functional.cross_entropy(scores_NN, torch.arange(len(scores_NN)))


def relation(first: int, step: int) -> tuple[Tensor, Tensor]:
    """Twelve texts of two words; the partner of a word is `step` words further."""
    generator = torch.Generator().manual_seed(first)
    texts_NL = first + torch.randint(0, 10, (12, 2), generator=generator)
    return texts_NL, first + 10 - step + (texts_NL - first + step) % 10


def tuned(base: Any, pairs: tuple[Tensor, Tensor]) -> Any:
    """A copy of the base, trained on one relation."""
    model = samples.bert(0)
    model.load_state_dict(base.state_dict())
    loss = Contrast(model)
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(40):
        adam.zero_grad()
        loss(*pairs).backward()
        adam.step()
    return model


def test_two_encoders_of_two_relations(tmp_path: Path) -> None:
    """The learned mixture is at least as good on both relations as each encoder and the average."""
    base = samples.bert(0)
    relations = [relation(2, 0), relation(18, 3)]
    members = {
        f"relation-{n}": samples.write(tmp_path / f"{n}", tuned(base, pairs))
        for n, pairs in enumerate(relations)
    }
    start = samples.write(tmp_path / "base", base)

    def probe(member: Member) -> ModuleProbe:
        names = {f"model.{name}": own for name, own in member.names.items()}
        return ModuleProbe(Contrast(member.model), relations, names)

    merge_models(SelfPositioning(), members, tmp_path / "merged", start, probe)
    record = record_of(tmp_path / "merged")
    losses = record["probe_loss"]
    others = [loss for name, loss in losses.items() if name != "learned"]
    assert record["taken"] == "learned"
    assert losses["learned"] <= min(others)
    assert losses["average"] < losses["base"]
    measured: Any = Contrast(load_model(tmp_path / "merged"))
    with torch.no_grad():
        loss = sum(float(measured(*pairs)) for pairs in relations) / 2
    assert loss == pytest.approx(losses["learned"], abs=1e-4)
