"""The building blocks of the configuration: strict models and the names that become paths."""

import re
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

_ENDS_IN_REPEATS = re.compile(r"(.+)\1{19,}$")  # what Snakemake takes for an endless recursion


def _refuse_repeats(name: str) -> str:
    if found := _ENDS_IN_REPEATS.search(name):
        raise ValueError(f"a name must not end with {found[1]!r} twenty times or more")
    return name


NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
LANGUAGE_PATTERN = r"^[a-z]{3}_[A-Z][a-z]{3}$"
DIRECTION_PATTERN = rf"{LANGUAGE_PATTERN[:-1]}-{LANGUAGE_PATTERN[1:]}"

# Names become folders, wildcards and command line arguments, so they stay plain.
Name = Annotated[
    str,
    StringConstraints(pattern=NAME_PATTERN, max_length=64),
    AfterValidator(_refuse_repeats),
]

# What every generator that libraries use accepts: numpy's old one has 32 bits.
Seed = Annotated[int, Field(ge=0, lt=2**32)]

# ISO 639-3 and ISO 15924, as in swh_Latn.
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
# From one language into another, as in eng_Latn-swh_Latn.
Direction = Annotated[str, StringConstraints(pattern=DIRECTION_PATTERN)]


class Block(BaseModel):
    """A block of the configuration: unknown keys, numbers that are not finite and truth values for
    numbers are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_truth_for_numbers(cls, content: Any) -> Any:
        """YAML reads `yes` and `on` as true, which pydantic would take for the number 1."""
        for name, value in content.items() if isinstance(content, dict) else ():
            if name in cls.model_fields and not _takes_truth(cls, name) and _holds_truth(value):
                raise ValueError(f"{name} cannot be true or false (YAML reads yes and on as true)")
        return content


def _holds_truth(value: Any) -> bool:
    """Whether a value is a truth value, or a list or mapping with one in it."""
    if isinstance(value, dict):
        return any(map(_holds_truth, value.values()))
    return any(map(_holds_truth, value)) if isinstance(value, list) else isinstance(value, bool)


@cache
def _takes_truth(block: type[Block], name: str) -> bool:
    """Whether a field has truth values, or blocks, which see to their own."""
    return _names_truth(block.model_fields[name].annotation)


def _names_truth(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Block):
        return True
    return annotation in (bool, Any) or any(
        isinstance(part, bool) or _names_truth(part) for part in get_args(annotation)
    )
