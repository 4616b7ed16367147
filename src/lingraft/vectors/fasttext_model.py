"""fastText's binary models: checked before they are loaded, and loaded only when used."""

import errno
import shutil
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from lingraft.corpus.fasttext_files import SUPERVISED, check_fasttext
from lingraft.errors import InputError


class SubwordModel(Protocol):
    """What a vector set asks of a fastText model."""

    def get_word_vector(self, word: str) -> npt.NDArray[np.float32]:
        """Vector of any text from its character n-grams; zeros if it has none."""

    def save_model(self, path: str) -> None:
        """Write the model as a fastText `.bin`."""


class StoredModel:
    """A fastText `.bin` on disk that is loaded when its first vector is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _model(self) -> Any:
        return load(self.path)

    def get_word_vector(self, word: str) -> npt.NDArray[np.float32]:
        """As fastText's own."""
        vector: npt.NDArray[np.float32] = self._model.get_word_vector(word)
        return vector

    def save_model(self, path: str) -> None:
        """Write a copy of the model."""
        shutil.copyfile(self.path, path)


def load(path: Path) -> Any:
    """Load a fastText `.bin` after a check that it is whole.

    fastText itself reads a truncated file without complaint and returns noise.

    Raises:
        InputError: it is not a fastText model, of another version, or truncated.
    """
    if check_fasttext(path).model == SUPERVISED:
        raise InputError(f"{path} is a supervised fastText model; word vectors are needed")
    import fasttext

    return fasttext.load_model(str(path))


def save(model: SubwordModel, path: Path) -> None:
    """Write a model and check that all of it arrived: fastText does not report a full disk.

    Raises:
        OSError: the disk took only a part.
    """
    model.save_model(str(path))
    try:
        check_fasttext(path)
    except (FileNotFoundError, InputError):
        raise OSError(errno.ENOSPC, "not all of it was written", str(path)) from None


def has_subwords(model: Any) -> bool:
    """Whether a loaded model gives vectors to unknown words."""
    return int(model.f.getArgs().maxn) > 0
