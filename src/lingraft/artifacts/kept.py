"""What cost time and several jobs share, kept in files that carry a digest.

The name of a file says what is in it (`fingerprint` of all that it follows from), so nothing is
ever out of date. A file appears whole or not at all; what is damaged is made again. Two jobs that
want the same at once both make it, and write the same.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lingraft.artifacts.files import atomic_path
from lingraft.artifacts.sealed import append_digest, keeps_digest, read_sealed, write_sealed
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

    if _is_whole(path):
        # np.load reads as many bytes as the header of the array says, and so ignores the digest
        # behind them.
        return np.asarray(np.load(path, allow_pickle=False), dtype=np.float32)
    vectors_NE = embed()
    with atomic_path(path) as temporary:
        with temporary.open("wb") as stream:
            np.save(stream, vectors_NE, allow_pickle=False)
        append_digest(temporary)
    return np.asarray(vectors_NE, dtype=np.float32)


def kept_arrays(
    path: Path, make: Callable[[], Mapping[str, "npt.NDArray[Any]"]]
) -> Mapping[str, "npt.NDArray[Any]"]:
    """The arrays by name in `path`, which are computed and written where there are none."""
    import numpy as np

    if _is_whole(path):
        with np.load(path, allow_pickle=False) as stored:
            return dict(stored)
    arrays: dict[str, Any] = dict(make())
    with atomic_path(path) as temporary:
        with temporary.open("wb") as stream:
            np.savez(stream, **arrays)
        append_digest(temporary)
    return arrays


def _is_whole(path: Path) -> bool:
    """Whether a file is there, and as it was written."""
    if not path.is_file():
        return False
    if keeps_digest(path):
        return True
    logger.warning("%s is damaged (its digest differs); it is made again", path)
    return False
