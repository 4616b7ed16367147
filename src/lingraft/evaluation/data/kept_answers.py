"""Answers that cost time, kept in files with a digest: what is damaged is computed again."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lingraft.artifacts import atomic_path, read_sealed, write_sealed
from lingraft.artifacts.sealed import append_digest, keeps_digest
from lingraft.errors import ArtifactError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

logger = logging.getLogger(__name__)


def kept_answer(path: Path, answer: Callable[[], Any]) -> Any:
    """The answer in `path`, which is computed and written where there is none; plain values."""
    try:
        return read_sealed(path)["answer"]
    except FileNotFoundError:
        pass
    except (ArtifactError, KeyError) as error:
        logger.warning("%s; it is made again", str(error).partition(";")[0])
    # JSON changes some values (a tuple becomes a list). The answer is read back, so that the first
    # reader gets what later ones get.
    write_sealed(path, {"answer": answer()})
    return read_sealed(path)["answer"]


def kept_vectors(
    path: Path, embed: Callable[[], "npt.NDArray[np.float32]"]
) -> "npt.NDArray[np.float32]":
    """The vectors in `path`, which are computed and written where there are none."""
    import numpy as np

    if path.is_file():
        if keeps_digest(path):
            # np.load reads as many bytes as the header of the array says, and so ignores the digest
            # behind them.
            return np.asarray(np.load(path, allow_pickle=False), dtype=np.float32)
        logger.warning("%s is damaged (its digest differs); it is made again", path)
    vectors_NE = embed()
    with atomic_path(path) as temporary:
        with temporary.open("wb") as stream:
            np.save(stream, vectors_NE, allow_pickle=False)
        append_digest(temporary)
    return np.asarray(vectors_NE, dtype=np.float32)
