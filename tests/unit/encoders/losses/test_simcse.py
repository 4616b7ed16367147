"""SimCSE: equals the library's loss on a text and itself, and equal texts never meet."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from loss_samples import Asked, example, save_model
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

from lingraft.encoders.losses.simcse import SimCse
from lingraft.errors import InputError

Ask = Callable[..., Asked]
BATCH = [0, 1, 2, 5]


def test_it_equals_the_library_on_two_views_by_dropout(ask: Ask, tmp_path: Path) -> None:
    model = save_model(tmp_path / "model", dropout=0.3)
    asked = ask(SimCse(name="simcse", temperature=0.1), start=model)
    asked.module.train()
    library = MultipleNegativesRankingLoss(asked.material.student, scale=10.0)
    mine = asked.value(BATCH, seed=4)
    torch.manual_seed(4)
    torch.testing.assert_close(mine, library(asked.batch(BATCH)[0], None), rtol=1e-6, atol=1e-6)
    left, right = asked.batch(BATCH)[0]
    assert torch.equal(left["input_ids"], right["input_ids"])
    student = asked.material.student
    assert not torch.equal(
        student(left)["sentence_embedding"], student(right)["sentence_embedding"]
    )


def test_equal_texts_of_a_batch_are_no_rivals(ask: Ask) -> None:
    texts = [("w1 w2",), ("w1 w2",), ("w3",)]
    asked = ask(SimCse(name="simcse"), [example(*text) for text in texts])
    assert math.isclose(asked.amount([0, 1]), 0.0, abs_tol=1e-6)
    assert asked.amount([0, 2]) > 0


def test_one_text_is_refused(ask: Ask) -> None:
    with pytest.raises(InputError, match="1 examples, fewer than 2"):
        ask(SimCse(name="simcse"), [example("w1")])
