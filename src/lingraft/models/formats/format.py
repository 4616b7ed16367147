"""What a format of pretrained models says about itself, and how it is read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from pathlib import Path

    from lingraft.config.pretraining import Objective
    from lingraft.models.door import Opened


class ModelFormat(ABC):
    """How the files of a pretrained model are written."""

    name: ClassVar[str]
    """As `format:` names it in the configuration."""
    content: ClassVar[str]
    """What is at the model's `path`, for the key reference."""
    is_random: ClassVar[bool] = False
    """Whether no weight was trained."""

    @abstractmethod
    def read(self, path: Path, objective: Objective | None) -> Opened:
        """Read a model and give it a language modeling head.

        Args:
            path: the model's file or folder.
            objective: which head; by default the one that the architecture is made for.

        Raises:
            InputError: the files are damaged, or are not of this format.
        """

    def read_tokenizer(self, path: Path) -> Any:
        """Read the tokenizer beside the model; a `tokenizer_source` takes its place.

        Args:
            path: the model's file or folder.

        Raises:
            InputError: there is none, or it cannot be read.
        """
        from lingraft.tokenizers.loading import load_tokenizer

        return load_tokenizer(path)
