"""fastText's binary models: checked before they are loaded, and loaded only when used."""

import os
import struct
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from lingraft.errors import InputError

_MAGIC, _VERSION = 793712314, 12
_HEADER = struct.Struct("<2i12id3i2q")  # magic, version, 12 arguments, t, dictionary sizes
_SHAPE = struct.Struct("<?2q")  # quantized or not, rows, columns


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
        self._model.save_model(path)


def load(path: Path) -> Any:
    """Load a fastText `.bin` after a check that it is whole.

    fastText itself reads a truncated file without complaint and returns noise.

    Raises:
        InputError: it is no fastText model, of another version, or truncated.
    """
    _check(path)
    import fasttext

    return fasttext.load_model(str(path))


def has_subwords(model: Any) -> bool:
    """Whether a loaded model gives vectors to unknown words."""
    return int(model.f.getArgs().maxn) > 0


def _check(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        header = stream.read(_HEADER.size)
        if len(header) < _HEADER.size or struct.unpack_from("<i", header)[0] != _MAGIC:
            raise InputError(f"{path} is no fastText model (.bin)")
        values = _HEADER.unpack(header)
        version, dimension, loss_model, words = values[1], values[2], values[9], values[16]
        if version != _VERSION:
            raise InputError(f"{path} is a fastText model of version {version}, not {_VERSION}")
        if loss_model == 3:
            raise InputError(f"{path} is a supervised fastText model; word vectors are needed")
        # The file ends with the output matrix, preceded by its shape: a cut file has none there.
        start = size - 4 * words * dimension - _SHAPE.size
        stream.seek(max(start, 0), os.SEEK_SET)
        tail = stream.read(_SHAPE.size)
    if start < _HEADER.size or _SHAPE.unpack(tail) != (False, words, dimension):
        raise InputError(f"{path} is truncated or damaged; download it again")
