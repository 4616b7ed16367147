"""The building blocks of the configuration: strict models and the names that become paths."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

# Names become folders, wildcards and command line arguments, so they stay plain.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]

# ISO 639-3 and ISO 15924, as in swh_Latn.
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{3}_[A-Z][a-z]{3}$")]


class Block(BaseModel):
    """A block of the configuration: unknown keys are refused, values never change, numbers are
    finite."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False
    )
