"""Trainings of a part: what is not chosen keeps every bit, also when the training is killed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from laboratory import VOCABULARY, Case, Laboratory, give_account, make_inputs
from safetensors.torch import load_file
from test_kill import MACHINE, TWO_PROCESSES, in_two_processes, outcome, reference, survive
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from lingraft.artifacts import new_artifact
from lingraft.initialization.weights import Provenance

NEW = [7, 30, 31, VOCABULARY - 1]
TABLE = "transformer.wte.weight"
NEW_ROWS = {
    "objective": "causal",
    "train": "new-rows",
    "weight_decay": 0.1,
    "future_tokens": 2,
}
SHIELDED = {
    "objective": "causal",
    "weight_decay": 0.1,
    "shield": {"corpus": "text", "documents": 40, "share": 0.5},
}
ABSENT = 31  # the new token that no training document has
DISTILLED = {
    "objective": "causal",
    "steps": None,
    "untie": True,
    "stages": [
        {
            "steps": 8,
            "train": "new-rows",
            "distillation": {"losses": {"hidden": 1.0}, "snippets": 9},
        },
        {
            "steps": 6,
            "train": "new-rows",
            "distillation": {"losses": {"attention": 1.0}, "snippets": 5},
        },
    ],
}


@pytest.fixture(scope="module")
def initialized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decoder with the account of an initialization that made four new rows."""
    folder = make_inputs(tmp_path_factory.mktemp("initialized"), "gpt2")
    provenance_T = np.full(VOCABULARY, Provenance.EXACT, np.uint8)
    provenance_T[NEW] = [Provenance.COMBINED, Provenance.FILL, Provenance.COMBINED, Provenance.FILL]
    give_account(folder, provenance_T, "plain")
    write_teacher(folder)
    return folder


def write_teacher(folder: Path) -> None:
    """A model that reads the words of `folder` letter by letter, and training documents."""
    letters = {letter: number for number, letter in enumerate("?.wx0123456789")}
    backend = Tokenizer(models.WordLevel(letters, unk_token="?"))
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.Split("", "isolated")]
    )
    torch.manual_seed(1)
    config = GPT2Config(vocab_size=len(letters), n_embd=16, n_layer=1, n_head=2, n_positions=64)
    with new_artifact(folder / "teacher", "model") as staging:
        GPT2LMHeadModel(config).save_pretrained(staging)
        PreTrainedTokenizerFast(
            tokenizer_object=backend, unk_token="?", sep_token=".", pad_token="."
        ).save_pretrained(staging)
    words = [number for number in range(5, VOCABULARY) if number != ABSENT]
    with (folder / "corpora" / "text" / "train.jsonl").open("w") as stream:
        for first in range(60):
            text = " ".join(f"w{words[(7 * first + k * k) % len(words)]}x" for k in range(20))
            stream.write(json.dumps({"text": text}) + "\n")


def changed(case: Case) -> dict[str, Any]:
    """The tensors that a training has changed: the new ones by name."""
    before = load_file(case.folder / "model" / "model.safetensors")
    after = load_file(case.output / "model.safetensors")
    assert set(before) <= set(after)
    return {name: after[name] for name in before if not _same(before[name], after[name])}


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.view(torch.uint8).equal(other.view(torch.uint8))


def changed_rows(case: Case) -> list[int]:
    """The rows of the embeddings that a training has changed."""
    before = load_file(case.folder / "model" / "model.safetensors")[TABLE]
    after = load_file(case.output / "model.safetensors")[TABLE]
    return [row for row in range(VOCABULARY) if not _same(before[row], after[row])]


def test_only_new_rows_change_through_kills(laboratory: Laboratory, initialized: Path) -> None:
    case = Case(initialized, "rows", NEW_ROWS, MACHINE)
    survive(laboratory, case, kills=3)
    assert set(changed(case)) == {TABLE}
    assert changed_rows(case) == NEW


@TWO_PROCESSES
def test_only_new_rows_change_in_two_processes(
    laboratory: Laboratory, initialized: Path, zero_stage: int, precision: str
) -> None:
    case = in_two_processes(laboratory, initialized, "rows", NEW_ROWS, zero_stage, precision)
    assert set(changed(case)) == {TABLE}
    assert changed_rows(case) == NEW


@pytest.mark.parametrize("train", ["body", "layers"])
def test_a_part_of_the_body(laboratory: Laboratory, initialized: Path, train: str) -> None:
    """The only layer of this model, without embeddings or with them, and not the last norm."""
    recipe = {"layers": [-1]} if train == "layers" else {"train": "body", "layers": [0]}
    case = Case(initialized, train, {"objective": "causal", "steps": 9, **recipe}, MACHINE)
    assert laboratory.run(case) == 0
    parts = {".".join(name.split(".")[:3]) for name in changed(case)}
    assert parts == {"transformer.h.0"} | ({TABLE} if train == "layers" else set())


def test_distillation_survives_kills(laboratory: Laboratory, initialized: Path) -> None:
    """An untied head keeps its rows, and so does a new token without text."""
    case = Case(initialized, "distilled", DISTILLED, MACHINE)
    survive(laboratory, case, kills=3)
    assert set(changed(case)) == {TABLE}
    assert changed_rows(case) == NEW[:2] + NEW[3:]
    assert "1 new tokens do not occur: w31x" in (initialized / "distilled.log").read_text()
    trained = load_file(case.output / "model.safetensors")
    source = load_file(initialized / "model" / "model.safetensors")
    assert _same(trained["lm_head.weight"], source[TABLE])


@TWO_PROCESSES
def test_distillation_in_two_processes(
    laboratory: Laboratory, initialized: Path, zero_stage: int, precision: str
) -> None:
    recipe = {**DISTILLED, "evaluate_every": 14, "untie": None}
    losses = {"hidden": 1.0, "head": 0.01, "chunks": 1.0, "next-token": 0.1}
    distillation = {"losses": losses, "snippets": None}
    recipe["stages"] = [{"steps": 9, "train": "new-rows", "distillation": distillation}]
    case = in_two_processes(laboratory, initialized, "distilled", recipe, zero_stage, precision)
    assert set(changed(case)) == {TABLE}
    assert changed_rows(case) == NEW  # the next token moves rows that do not occur, too


def held_parts(case: Case) -> dict[str, torch.Tensor]:
    """Name of a matrix of the body -> True where its bits are those of before."""
    before = load_file(case.folder / "model" / "model.safetensors")
    after = load_file(case.output / "model.safetensors")
    return {
        name: before[name].view(torch.int32) == after[name].view(torch.int32)
        for name in before
        if before[name].ndim > 1
    }


def require_shielded(case: Case) -> None:
    """Half of the columns of each matrix keep every bit, and all else has moved."""
    (scores,) = case.state.glob("shield-*.safetensors")
    for name, score_I in load_file(scores).items():
        # Of GPT-2's matrices a row is what is done with one number of the input.
        kept_I = held_parts(case)[name].float().mean(1)
        held_I = torch.zeros(len(score_I), dtype=torch.bool)
        held_I[score_I.argsort(descending=True)[: len(score_I) // 2]] = True
        assert torch.equal(kept_I == 1, held_I)
        assert (kept_I[~held_I] < 0.1).all()
    special = held_parts(case)[TABLE].all(1).nonzero().flatten().tolist()
    assert special == [0, 1, 2, 3, 4]


def test_a_shield_holds_through_kills(laboratory: Laboratory, initialized: Path) -> None:
    case = Case(initialized, "shield", SHIELDED, MACHINE)
    survive(laboratory, case, kills=3)
    require_shielded(case)


@TWO_PROCESSES
def test_a_shield_holds_in_two_processes(
    laboratory: Laboratory, initialized: Path, zero_stage: int, precision: str
) -> None:
    case = in_two_processes(laboratory, initialized, "shield", SHIELDED, zero_stage, precision)
    require_shielded(case)
    if precision == "fp32":  # the losses are those of one process without ZeRO
        rows = {**MACHINE, "micro_batch": 4}  # as each of the two has, for the dropout
        alone = reference(laboratory, Case(initialized, "shield-alone", case.recipe, rows))
        expected = outcome(case)["metrics"]
        for left, right in zip(alone["metrics"], expected, strict=True):
            assert left["loss"] == pytest.approx(right["loss"], abs=1e-5)
        require_shielded(Case(initialized, "shield-alone-ref"))
