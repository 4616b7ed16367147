"""What losses refuse of their examples, each in one line that names the example."""

import math
from collections.abc import Sequence

from lingraft.encoders.examples import TrainingExample
from lingraft.errors import InputError


def check_texts(examples: Sequence[TrainingExample]) -> None:
    """Refuse a text without anything to embed.

    Raises:
        InputError: a text is empty.
    """
    for example in examples:
        if not all(text.strip() for text in example.texts):
            raise InputError(f"example {example.id} has an empty text; remove it from its set")


def check_negatives(examples: Sequence[TrainingExample], least: int = 0) -> None:
    """Refuse negatives that are right, and too few.

    Args:
        examples: a query, its positive, and negatives.
        least: how many negatives an example needs.

    Raises:
        InputError: a query or its positive is among the negatives, a negative is there twice, or
            there are fewer.
    """
    for example in examples:
        documents = example.texts[1:]
        if len(documents) - 1 < least:
            raise InputError(
                f"example {example.id} has {len(documents) - 1} negatives and needs {least}; mine "
                "negatives, or let those of other examples count"
            )
        repeats = len(set(documents)) < len(documents)
        if repeats or example.texts[0] in documents[1:]:
            raise InputError(
                f"example {example.id} has its query, its positive or one text twice among its "
                "negatives; mine them with a filter, or remove it"
            )


def check_count(examples: Sequence[TrainingExample], least: int, why: str) -> None:
    """Refuse too few examples.

    Args:
        examples: those of a stage.
        least: how many a loss needs.
        why: what it needs them for, as the end of a sentence.

    Raises:
        InputError: there are fewer.
    """
    if len(examples) < least:
        raise InputError(
            f"the training sets have {len(examples)} examples, fewer than {least}: {why}"
        )


def class_numbers(examples: Sequence[TrainingExample]) -> list[int]:
    """The number of each example's label, in alphabetical order of the labels.

    Raises:
        InputError: an example has no label, or all have the same one.
    """
    for example in examples:
        if example.label is None:
            raise InputError(f"example {example.id} has no label; this loss learns labels")
    labels = sorted({str(example.label) for example in examples})
    if len(labels) < 2:
        raise InputError(
            f"all examples have the label {', '.join(labels)!r}; a classifier needs two or more"
        )
    number = {label: place for place, label in enumerate(labels)}
    return [number[str(example.label)] for example in examples]


def finite_scores(examples: Sequence[TrainingExample], one: bool) -> list[tuple[float, ...]]:
    """The scores of each example.

    Args:
        examples: with scores.
        one: whether an example has one score, or else one for each document.

    Raises:
        InputError: their number is another, or one is not finite.
    """
    for example in examples:
        needed = 1 if one else len(example.texts) - 1
        if len(example.scores) != needed:
            raise InputError(
                f"example {example.id} has {len(example.scores)} scores and needs {needed}"
            )
        if not all(map(math.isfinite, example.scores)):
            raise InputError(
                f"example {example.id} has a score that is not a finite number; remove it"
            )
    return [example.scores for example in examples]
