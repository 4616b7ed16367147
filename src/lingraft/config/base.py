"""The building blocks of the configuration: strict models and the names that become paths."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

_ENDS_IN_REPEATS = re.compile(r"(.+)\1{19,}$")  # what Snakemake takes for an endless recursion


def _refuse_repeats(name: str) -> str:
    if found := _ENDS_IN_REPEATS.search(name):
        raise ValueError(f"a name must not end with {found[1]!r} twenty times or more")
    return name


NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
LANGUAGE_PATTERN = r"^[a-z]{3}_[A-Z][a-z]{3}$"

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


class Block(BaseModel):
    """A block of the configuration: unknown keys and numbers that are not finite
    are refused, values never change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False
    )
