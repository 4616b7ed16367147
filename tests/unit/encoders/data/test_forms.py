import math

import pytest

from lingraft.encoders.data.forms import problem_of
from lingraft.encoders.examples import COLUMNS, Form, TrainingExample


def example(
    *texts: str, label: str | None = None, scores: tuple[float, ...] = ()
) -> TrainingExample:
    return TrainingExample("1", texts, label=label, scores=scores)


GOOD: dict[Form, TrainingExample] = {
    "texts": example("a"),
    "pairs": example("a", "b"),
    "translations": example("a", "b"),
    "definitions": example("a", "b"),
    "labelled": example("a", "b", label="neutral"),
    "graded": example("a", "b", scores=(0.5,)),
    "triples": example("a", "b", "c", "d"),
    "ranked": example("a", "b", "c"),
    "scored": example("a", "b", "c", scores=(1.0, -2.0)),
}


def test_every_form_has_a_good_example() -> None:
    assert GOOD.keys() == COLUMNS.keys()
    for form, good in GOOD.items():
        assert problem_of(good, form) is None


@pytest.mark.parametrize(
    ("form", "bad", "problem"),
    [
        ("pairs", example("a"), "has 1 texts, but the form pairs is"),
        ("pairs", example("a", " "), "has no text 2 of 2: it is empty; complete or remove it"),
        ("definitions", example("a", ""), "has an empty definition; complete or remove it"),
        ("texts", example("a", "b"), "has 2 texts, but the form texts is a text;"),
        ("triples", example("a", "b"), "has 2 texts, but the form triples is"),
        ("triples", example("a", "b", "b"), "has its positive among its negatives ('b')"),
        ("triples", example("a", "b", "a"), "has its own text among its negatives ('a')"),
        ("ranked", example("a", "b", "c", "c"), "has one text twice ('c')"),
        ("graded", example("a", "b"), "has 0 scores, but the form graded needs 1 for 2 texts"),
        ("graded", example("a", "b", scores=(math.nan,)), "has a score that is not a finite"),
        ("scored", example("a", "b", "c", scores=(1.0,)), "has 1 scores, but the form scored"),
        ("scored", example("a", "b", "c", scores=(1.0, math.inf)), "not a finite number"),
        ("labelled", example("a", "b"), "has no label; give it one, or remove it"),
    ],
)
def test_what_is_wrong_is_said(form: Form, bad: TrainingExample, problem: str) -> None:
    assert problem in str(problem_of(bad, form))
