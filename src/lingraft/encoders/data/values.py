"""Values of a user's files that become part of an example, checked for their type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lingraft.errors import InputError


def texts_in(value: Any, column: str, place: str) -> list[str]:
    """The texts of a column: one, or a list of them.

    Args:
        value: what the file has.
        column: our name of the column, for messages.
        place: file and row, for messages.

    Raises:
        InputError: there is none, or a value is not a text.
    """
    from lingraft.corpus.reading.fields import repaired_text, text_of

    if value is None:
        raise InputError(f"{place}, has no {column!r}; complete the row, or remove it")
    found = value if isinstance(value, list | tuple) else [value]
    return [repaired_text(text_of(text, column, place)) for text in found]


def label_in(value: Any, labels: Sequence[str], place: str) -> str | None:
    """The label of an example by its name; None where the file has none.

    Args:
        value: a name, or a number that `labels` gives a name.
        labels: names of the numbers, from 0.
        place: file and row, for messages.

    Raises:
        InputError: a number has no name.
    """
    from lingraft.evaluation.data.stage import named_label

    if value is None or value == "":
        return None
    return str(named_label(value, tuple(labels), place) if labels else value)


def scores_in(values: Sequence[Any], column: str, place: str) -> tuple[float, ...]:
    """The scores of a row, from one column or several, each with a number or a list.

    Args:
        values: what the columns have; a text may spell a number.
        column: our name of the column, for messages.
        place: file and row, for messages.

    Raises:
        InputError: a value is missing or is not a number.
    """
    flat = [
        one for value in values for one in (value if isinstance(value, list | tuple) else (value,))
    ]
    try:
        return tuple(map(float, flat))
    except (TypeError, ValueError):
        wrong = next(one for one in flat if not _is_number(one))
        problem = f"{column!r} must be numbers, but one is {wrong!r}"
        raise InputError(f"{place}: {problem}; score it, or remove the row") from None


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
