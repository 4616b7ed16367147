"""DSE: head and loss by hand, and a teacher that is trained the same way each time."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from loss_samples import Asked, example, examples_of, student_of
from torch import Tensor

from lingraft.encoders.examples import TrainingExample
from lingraft.encoders.losses.dse import Dse, TeacherTraining
from lingraft.encoders.modules.pair_classifier import DistilledPairs
from lingraft.encoders.teacher import classifier_logits
from lingraft.errors import InputError

Ask = Callable[..., Asked]
BATCH = [0, 1, 4]
RECIPE = TeacherTraining(epochs=2, batch_size=4, maximum_length=16, learning_rate=1e-3, warmup=0.0)


def by_hand(head: torch.nn.Module, u: Tensor, v: Tensor) -> list[float]:
    """FC 512, ReLU, FC over [u; v; u * v; |u - v|], in double precision."""
    first, _, second = head.double()
    known = torch.tensor(
        [*u, *v, *(a * b for a, b in zip(u, v, strict=True)), *map(abs, (u - v).tolist())],
        dtype=torch.float64,
    )
    inner = [max(0.0, float(row @ known + b)) for row, b in zip(first.weight, first.bias, strict=True)]  # fmt: skip # noqa: E501
    hidden = torch.tensor(inner, dtype=torch.float64)
    return [float(row @ hidden + b) for row, b in zip(second.weight, second.bias, strict=True)]


def test_the_loss_is_half_the_task_and_half_the_distance_of_logits(ask: Ask) -> None:
    asked = ask(Dse(name="dse", teacher=RECIPE))
    value = asked.amount(BATCH)
    left, right = (asked.vectors(BATCH, column) for column in (0, 1))
    losses = []
    for row, number in enumerate(BATCH):
        logits = by_hand(asked.module.head, left[row], right[row])
        teacher = asked.prepared["teacher_NC"][number].tolist()
        right_class = number % 3
        task = math.log(sum(map(math.exp, logits))) - logits[right_class]
        distance = sum((a - b) ** 2 for a, b in zip(logits, teacher, strict=True))
        losses.append((task + distance) / 2)
    assert math.isclose(value, sum(losses) / len(losses), rel_tol=1e-5)
    assert asked.module.head[0].weight.shape == (512, 4 * 16)


def test_of_two_classes_the_difference_of_the_teachers_logits_counts(start_model: Path) -> None:
    student = student_of(start_model)
    teacher_MC = torch.tensor([[0.5, 2.0], [1.0, -1.0]])
    torch.manual_seed(0)
    module = DistilledPairs(student, torch.tensor([1, 0]), teacher_MC)
    columns = [student.preprocess(texts) for texts in (["w1 w2", "w3"], ["w4", "w5 w6"])]
    value = float(module(columns, torch.tensor([0, 1])).detach())
    with torch.no_grad():
        left, right = (student(column)["sentence_embedding"] for column in columns)
    (first,), (second,) = (by_hand(module.head, u, v) for u, v in zip(left, right, strict=True))
    tasks = [math.log1p(math.exp(-first)), math.log1p(math.exp(second))]
    distances = [(first - 1.5) ** 2, (second + 2.0) ** 2]
    assert math.isclose(value, (sum(tasks) + sum(distances)) / 4, rel_tol=1e-5)


def planted() -> list[TrainingExample]:
    """Pairs whose label is whether the second text is w50."""
    rows = [(f"w{n}", "w50" if n % 2 else "w40") for n in range(12)]
    return [example(*row, label="yes" if row[1] == "w50" else "no") for row in rows]


def test_the_teacher_is_the_same_each_time_and_has_learned(
    start_model: Path, tmp_path: Path
) -> None:
    settings = RECIPE.model_dump() | {"epochs": 12, "learning_rate": 1e-2}
    found = [classifier_logits(planted(), start_model, settings, 7, tmp_path) for _ in range(2)]
    assert torch.equal(*found)
    assert list(tmp_path.iterdir()) == []
    hits = [int(row.argmax()) == number % 2 for number, row in enumerate(found[0])]
    assert sum(hits) >= 10


def test_labels_of_one_kind_are_refused_before_the_teacher_is_trained(ask: Ask) -> None:
    examples = [example("w1", "w2", label="a"), example("w3", "w4", label="a")]
    with pytest.raises(InputError, match="all examples have the label 'a'"):
        ask(Dse(name="dse"), examples)


def test_the_student_reads_both_texts_alone(ask: Ask) -> None:
    asked = ask(Dse(name="dse", teacher=RECIPE), examples_of("labelled"))
    assert len(asked.batch(BATCH)[0]) == 2
