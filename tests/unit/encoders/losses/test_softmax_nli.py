"""Softmax over labels: equals the library's loss, and refuses labels that say nothing."""

from collections.abc import Callable

import pytest
import torch
from loss_samples import WIDTH, Asked, example
from sentence_transformers.sentence_transformer.losses import SoftmaxLoss

from lingraft.encoders.losses.softmax_nli import SoftmaxNli
from lingraft.errors import InputError

Ask = Callable[..., Asked]
BATCH = [0, 1, 2, 4]


def test_it_equals_the_library(ask: Ask) -> None:
    asked = ask(SoftmaxNli(name="softmax-nli"))
    library = SoftmaxLoss(asked.material.student, WIDTH, 3)
    library.classifier.load_state_dict(asked.module.head.state_dict())
    expected = library(*asked.batch(BATCH))
    torch.testing.assert_close(asked.value(BATCH), expected, rtol=1e-6, atol=1e-6)


def test_classes_are_numbered_by_the_alphabet(ask: Ask) -> None:
    rows = [("w1", "w2", "b"), ("w3", "w4", "a"), ("w5", "w6", "c"), ("w7", "w8", "a")]
    asked = ask(SoftmaxNli(name="softmax-nli"), [example(*row[:2], label=row[2]) for row in rows])
    assert asked.prepared["classes_N"].tolist() == [1, 0, 2, 0]
    assert asked.batch([3, 2])[1].tolist() == [0, 2]


@pytest.mark.parametrize(
    ("labels", "message"),
    [(["a", None], "example w3 has no label"), (["a", "a"], "all examples have the label 'a'")],
)
def test_labels_that_say_nothing_are_refused(
    ask: Ask, labels: list[str | None], message: str
) -> None:
    examples = [example("w1", "w2", label=labels[0]), example("w3", "w4", label=labels[1])]
    with pytest.raises(InputError, match=message):
        ask(SoftmaxNli(name="softmax-nli"), examples)
