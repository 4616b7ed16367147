"""Dynamic tokenization of what a task reads: how far merges reach, how many, and their rows."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PositiveInt

from lingraft.config.base import Block, Name

Boundary = Literal["pretokens", "words", "hyphenated_words", "sentences"]
FVT = "fvt"
Merges = int | Literal["max"]


def _numbers(given: Any) -> Any:
    """One number or several as a tuple, each checked: a union would answer with every branch."""
    found = tuple(given) if isinstance(given, list | tuple) else (given,)
    for each in found:
        is_number = isinstance(each, int) and not isinstance(each, bool) and each > 0
        if not is_number and each != "max":
            why = "; without merges the task is measured in any case" if each == 0 else ""
            raise ValueError(
                f"{each!r} is not a valid number of merges: write whole numbers from 1, or `max` "
                f"for as many as there are{why}"
            )
    if not found:
        raise ValueError("an empty list has no number of merges; write some, or leave out the key")
    if twice := [each for place, each in enumerate(found) if each in found[:place]]:
        raise ValueError(f"{twice[0]} is listed twice")
    return found


class Dynamic(Block):
    """Dynamic tokenization of the texts: the tokens of a batch are merged further."""

    boundary: Boundary = "pretokens"
    """How far a merge reaches: `pretokens` (what the tokenizer itself keeps together), `words`
    (what stands between white space), `hyphenated_words` (the same, but of punctuation only a
    hyphen is put to what precedes it) or `sentences` (the whole text)."""
    merges: Annotated[
        tuple[Merges, ...],
        BeforeValidator(_numbers, json_schema_input_type=Merges | list[Merges]),
    ]
    """Merges of a batch: a number, `max` for as many as there are, or a list of these. The task is
    measured with each, and without merges."""
    embeddings: Name = FVT
    """Rows of strings that are not tokens: `fvt` (the mean of the rows of the tokens that a string
    covers), or what a trained generator makes of their text, by its name in `generators`."""
    batch: PositiveInt = 32
    """Texts whose pairs are counted together, in the order of the task."""
    cached: PositiveInt = 20_000
    """Strings whose rows are kept, those that were used last."""

    def each(self) -> Iterator["Dynamic"]:
        """The same with one number of merges."""
        for number in self.merges:
            yield self.model_copy(update={"merges": (number,)})

    @property
    def generator(self) -> str | None:
        """The name of the generator that makes the rows; None without one."""
        return None if self.embeddings == FVT else self.embeddings

    @property
    def largest(self) -> "Dynamic":
        """The same with the largest number of merges alone."""
        numbers = [each for each in self.merges if each != "max"]
        last = "max" if len(numbers) < len(self.merges) else max(numbers)
        return self.model_copy(update={"merges": (last,)})

    @property
    def most(self) -> int | None:
        """The first number of merges; None for as many as there are."""
        (first, *_) = self.merges
        return None if first == "max" else int(first)

    @property
    def label(self) -> str:
        """What scores with this number of merges are called."""
        return label_of(self.merges[0])


class DynamicTraining(Dynamic):
    """Dynamic tokenization of a fine-tuned task: of the texts that are tested, and in training."""

    embeddings: Literal["fvt"] = "fvt"
    """Rows of strings that are not tokens: the mean of the rows of the tokens that a string covers,
    as they are in each step. A generator has learned rows that fine-tuning changes."""
    sample: Literal["uniform", "gaussian", "none"] = "uniform"
    """How much each training batch is merged, so that one model reads with any number of merges:
    a share of what the largest of `merges` saves, drawn evenly (`uniform`) or around one half
    (`gaussian`, with a deviation of one sixth). `none` trains without merges."""


def label_of(merges: Merges) -> str:
    """What scores with so many merges are called: `50 merges`, `1 merge`, `max merges`."""
    return f"{merges} merge" if merges == 1 else f"{merges} merges"
