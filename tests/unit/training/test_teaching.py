"""What stages with a teacher read is checked first, and told."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import AutoConfig, LlamaConfig, PhiConfig

from lingraft.artifacts import new_artifact
from lingraft.config.pretraining import Pretraining
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.weights import Provenance
from lingraft.models.loading import load_model
from lingraft.training.job import Job, check_inputs
from lingraft.training.teaching import teaching_of

sys.path.insert(0, str(Path(__file__).parents[2] / "faults"))

from laboratory import VOCABULARY, give_account, make_inputs

NEW = 20


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with one new row, the same as its teacher, and four documents."""
    folder = make_inputs(tmp_path_factory.mktemp("inputs"), "bert")
    codes_T = np.full(VOCABULARY, Provenance.EXACT, np.uint8)
    codes_T[NEW] = Provenance.COMBINED
    give_account(folder, codes_T, "teacher")
    long = [f"w{NEW}x" + " w8x" * 10, "w7x w6x", "w5x" + f" w{NEW}x" * 9, "w9x"]
    write(folder / "corpora" / "text", long)
    return folder


def write(folder: Path, texts: list[str]) -> None:
    folder.mkdir(exist_ok=True)
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    (folder / "train.jsonl").write_text(lines)


def job_of(inputs: Path, **changed: Any) -> Job:
    distillation = changed.pop("distillation", {})
    stage = {"steps": 3, "train": "new-rows", "batch_size": 2, "distillation": distillation}
    given = {"teacher": inputs / "teacher", "corpora": {"text": inputs / "corpora" / "text"}}
    return Job(
        Pretraining(stages=[stage], sequence_length=16),  # type: ignore[list-item]
        inputs / "model", {"text": inputs / "tokens" / "text"}, inputs / "state",
        inputs / "output", 1, **{**given, **changed},
    )  # fmt: skip


def test_rows_and_cost_are_told(inputs: Path, caplog: pytest.LogCaptureFixture) -> None:
    job = job_of(inputs)
    found = check_inputs(job)
    assert found.teaching is not None
    with caplog.at_level("INFO"):
        lesson = found.teaching.lesson(job.model, job.recipe.all_stages[0], found.new_V, 1)
        assert lesson is not None
        lesson.objective(load_model(job.model))
    assert [len(row.ids_L) for row in lesson.snippets.rows] == [11, 10]
    assert "2 rows with 1 of 1 new tokens; a pass reads 21 tokens and the teacher 21" in caplog.text
    assert (
        "3 steps are 3.00 passes over these rows; they read 126 tokens a new token" in caplog.text
    )


def test_the_identity_knows_teacher_and_text(inputs: Path, tmp_path: Path) -> None:
    first = check_inputs(job_of(inputs))
    assert set(first.artifacts) == {"model", "tokens-text", "teacher"}
    shutil.copytree(inputs / "corpora" / "text", tmp_path / "text")
    write(tmp_path / "text", [f"w{NEW}x"])
    other = check_inputs(job_of(inputs, corpora={"text": tmp_path / "text"}))
    assert first.fingerprint != other.fingerprint
    assert "teacher" not in check_inputs(plain(inputs)).identity


def plain(inputs: Path, **changed: Any) -> Job:
    job = job_of(inputs, teacher=None)
    recipe = Pretraining(steps=3, train="new-rows", sequence_length=16, batch_size=2)
    return Job(recipe, job.model, job.tokens, job.state, job.output, 1, **changed)


def test_what_is_missing_or_idle(inputs: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`distillation` needs the source model"):
        check_inputs(job_of(inputs, teacher=None))
    with pytest.raises(ConfigError, match=r"`teacher=` has no effect"):
        check_inputs(plain(inputs, teacher=inputs / "teacher"))
    with pytest.raises(ConfigError, match="reads training documents; give the corpus text too"):
        check_inputs(job_of(inputs, corpora={}))
    with new_artifact(tmp_path / "other", "model") as staging:
        config = AutoConfig.from_pretrained(inputs / "teacher")
        config.num_hidden_layers = 2
        config.save_pretrained(staging)
    with pytest.raises(ConfigError, match="has num_hidden_layers 2 and the model 1"):
        check_inputs(job_of(inputs, teacher=tmp_path / "other"))


@pytest.mark.parametrize("loss", ["chunks", "next-token"])
def test_heads_that_cannot_be_taken_apart(loss: str, tmp_path: Path) -> None:
    """Known before anything starts, also where a later stage asks for it."""
    PhiConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2).save_pretrained(tmp_path)
    stages = [{"steps": 1}, {"steps": 1, "distillation": {"losses": {"hidden": 1.0, loss: 1.0}}}]
    recipe = Pretraining(objective="causal", stages=stages)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=f"losses: {loss}: .* the head of a phi model"):
        teaching_of(recipe, tmp_path, tmp_path, {}, ())


def test_a_head_with_rows_of_its_own(tmp_path: Path) -> None:
    LlamaConfig(tie_word_embeddings=False, num_hidden_layers=1).save_pretrained(tmp_path)
    stage = {"steps": 1, "distillation": {"losses": {"hidden": 1.0, "head": 1.0}}}
    recipe = Pretraining(stages=[stage])  # type: ignore[list-item]
    with pytest.raises(ConfigError, match="losses: head would have no effect: the output layer of"):
        teaching_of(recipe, tmp_path, tmp_path, {}, ())


def test_the_head_is_compared_with_the_initialization(inputs: Path) -> None:
    """Also after a restart, when the model has other rows."""
    job = job_of(inputs, distillation={"losses": {"hidden": 1.0, "head": 1.0}, "snippets": None})
    found = check_inputs(job)
    assert found.new_V.sum() == 1
    assert found.teaching is not None
    lesson = found.teaching.lesson(job.model, job.recipe.all_stages[0], found.new_V, 1)
    assert lesson is not None
    model = load_model(job.model)
    first = lesson.first_rows(model)
    assert first is not None
    assert first.new_K.tolist() == [NEW]
    assert first.rows_KH.equal(model.get_output_embeddings().weight[[NEW]])
    assert lesson.objective(model, first).first is first


def test_too_little_text(inputs: Path, tmp_path: Path) -> None:
    shutil.copytree(inputs / "corpora" / "text", tmp_path / "text")
    for texts, message in (
        ([f"w{NEW}x"], "has 1 rows to learn from, fewer than one batch of 2"),
        (["w7x"], "none of the 1 new tokens is in the first 100000 training documents"),
    ):
        write(tmp_path / "text", texts)
        job = job_of(inputs, corpora={"text": tmp_path / "text"})
        found = check_inputs(job)
        assert found.teaching is not None
        with pytest.raises(InputError, match=message):
            found.teaching.lesson(job.model, job.recipe.all_stages[0], found.new_V, 1)


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"objective": "masked"}, "losses: chunks needs objective: causal"),
        ({"losses": {"head": 1.0}}, "head keeps what other losses would change; add one of them"),
        (
            {"untie": True, "losses": {"hidden": 1.0, "head": 1.0}},
            "losses: head would have no effect here: it needs untie: false",
        ),
        ({"objective": "retromae"}, "does not fit objective: retromae; write objective: masked"),
    ],
)
def test_objectives_that_do_not_fit(recipe: dict[str, Any], message: str) -> None:
    losses = recipe.get("losses", {"chunks": 1.0})
    rest = {name: value for name, value in recipe.items() if name != "losses"}
    stage = {"steps": 1, "distillation": {"losses": losses}}
    with pytest.raises(ValueError, match=message):
        Pretraining(stages=[stage], **rest)  # type: ignore[list-item]
