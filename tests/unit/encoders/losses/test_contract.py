"""What holds for every loss: a new one is in these tests as soon as its file is there."""

import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from loss_samples import WIDTH, Asked, examples_of, save_model
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss
from tests.unit.encoders.tuning_samples import recipe, set_artifact, tuning

from lingraft.artifacts import digest_file
from lingraft.encoders.examples import COLUMNS
from lingraft.encoders.losses import LOSSES
from lingraft.encoders.stage import tune
from lingraft.errors import InputError
from lingraft.training.job import Machine

Ask = Callable[..., Asked]
CASES = [(name, form) for name, loss in LOSSES.items() for form in loss.reads]
BATCH = [0, 2, 5]


@pytest.fixture(scope="module")
def with_dropout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("models") / "dropout", dropout=0.2)


@pytest.mark.parametrize(("name", "form"), CASES)
def test_a_loss_is_finite_repeatable_and_trains_the_student(
    ask: Ask, with_dropout: Path, name: str, form: str
) -> None:
    asked = ask(LOSSES[name](name=name), form=form, start=with_dropout)
    before = {key: value.clone() for key, value in asked.material.student.state_dict().items()}
    asked.module.train()
    value = asked.value(BATCH, seed=1)
    value.backward()
    assert math.isfinite(value)
    assert value.shape == ()
    gradients = [p.grad for p in asked.material.student.parameters() if p.grad is not None]
    assert all(bool(gradient.isfinite().all()) for gradient in gradients)
    assert any(bool(gradient.any()) for gradient in gradients)
    again = ask(LOSSES[name](name=name), form=form, start=with_dropout)
    again.module.train()
    assert torch.equal(value.detach(), again.value(BATCH, seed=1).detach())
    # The module leaves the student as it was: names, shapes and values.
    after = asked.material.student.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)


@pytest.mark.parametrize(("name", "form"), CASES)
def test_a_loss_can_be_cut_to_fewer_dimensions(ask: Ask, name: str, form: str) -> None:
    asked = ask(LOSSES[name](name=name), form=form)
    wrapped = MatryoshkaLoss(asked.material.student, asked.module, [WIDTH, 6])
    columns, labels = asked.batch(BATCH)
    torch.manual_seed(0)
    value = wrapped(columns, labels)
    value.backward()
    assert math.isfinite(value)
    gradients = [p.grad for p in asked.material.student.parameters() if p.grad is not None]
    assert any(bool(gradient.any()) for gradient in gradients)


@pytest.mark.parametrize(("name", "form"), CASES)
def test_what_is_prepared_is_the_same_each_time(ask: Ask, name: str, form: str) -> None:
    first, second = (ask(LOSSES[name](name=name), form=form).prepared for _ in range(2))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.slow
@pytest.mark.parametrize("name", LOSSES)
def test_a_tuning_that_was_stopped_ends_with_the_same_bits(tmp_path: Path, name: str) -> None:
    """With the loss's own layers; what is written is a model with its head, and nothing more."""
    form: Any = LOSSES[name].reads[0]
    settings = recipe([{"loss": {"name": name}, "steps": 2}], maximum_length=32)
    whole = tuning(tmp_path, settings)
    shutil.rmtree(tmp_path / "pairs")
    set_artifact(tmp_path / "pairs", examples_of(form), form)
    tune(whole)
    parts = replace(whole, state=tmp_path / "parts", output=tmp_path / "again")
    parts = replace(parts, machine=Machine(checkpoint_steps=1))

    def stop(point: str) -> None:
        if point == "committed":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(parts, stop)
    tune(parts)
    weights = [job.output / "model.safetensors" for job in (whole, parts)]
    assert digest_file(weights[0]) == digest_file(weights[1])
    found = SentenceTransformer(str(whole.output)).encode(["w1 w2"])
    assert np.isfinite(found).all()


@pytest.mark.parametrize("name", LOSSES)
def test_an_empty_text_is_refused_in_one_line(ask: Ask, name: str) -> None:
    form: Any = LOSSES[name].reads[0]
    examples = examples_of(form)
    texts = (*examples[0].texts[:-1], " ")
    examples[0] = type(examples[0])("broken", texts, "und_Zyyy", "class-0", examples[0].scores)
    with pytest.raises(InputError, match="example broken has an empty text") as refusal:
        ask(LOSSES[name](name=name), examples, form)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_says_what_it_is(name: str) -> None:
    loss = LOSSES[name]
    assert loss.reads
    assert set(loss.reads) <= set(COLUMNS)
    assert loss.paper.split(",")[0][-4:].isdigit()
    assert loss.__doc__
