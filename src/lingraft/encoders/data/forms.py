"""Whether an example has what its form says, and what is wrong with it if not."""

from __future__ import annotations

import math

from lingraft.encoders.examples import COLUMNS, Form, TrainingExample

_TWO: tuple[Form, ...] = ("pairs", "translations", "definitions", "labelled", "graded")
_LISTS: tuple[Form, ...] = ("triples", "ranked", "scored")  # a text, and two others or more


def problem_of(example: TrainingExample, form: Form) -> str | None:
    """What is wrong with an example, with the repair; None if nothing is.

    Args:
        example: as it was read.
        form: what its texts should be.
    """
    return _of_texts(example, form) or _of_scores(example, form) or _of_label(example, form)


def _of_texts(example: TrainingExample, form: Form) -> str | None:
    count = len(example.texts)
    fits = count >= 3 if form in _LISTS else count == (2 if form in _TWO else 1)
    if not fits:
        return f"has {count} texts, but the form {form} is {COLUMNS[form]}; complete or remove it"
    for number, text in enumerate(example.texts, start=1):
        if not text.strip():
            what = "an empty definition" if form == "definitions" and number == 2 else None
            what = what or f"no text {number} of {count}: it is empty"
            return f"has {what}; complete or remove it"
    return _of_documents(example.texts, form) if form in _LISTS else None


def _of_documents(texts: tuple[str, ...], form: Form) -> str | None:
    query, *documents = texts
    if form == "triples" and query in documents[1:]:
        return f"has its own text among its negatives ({query!r:.60}); remove it there"
    if len(set(documents)) < len(documents):
        repeated = next(text for text in documents if documents.count(text) > 1)
        if form == "triples" and repeated == documents[0]:
            return f"has its positive among its negatives ({repeated!r:.60}); remove it there"
        return f"has one text twice ({repeated!r:.60}); remove one of them"
    return None


def _of_scores(example: TrainingExample, form: Form) -> str | None:
    wanted = {"graded": 1, "scored": len(example.texts) - 1}.get(form, 0)
    if len(example.scores) != wanted:
        return (
            f"has {len(example.scores)} scores, but the form {form} needs {wanted} for "
            f"{len(example.texts)} texts; give each its score"
        )
    if not all(map(math.isfinite, example.scores)):
        return "has a score that is not a finite number; score it again, or remove it"
    return None


def _of_label(example: TrainingExample, form: Form) -> str | None:
    if form == "labelled" and not example.label:
        return "has no label; give it one, or remove it"
    return None
