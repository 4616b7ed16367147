"""Failures of the machine as errors of one line: no memory, no disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from lingraft.errors import LingraftError

# What torch's allocator for the CPU says, in a plain RuntimeError.
_NO_MEMORY = ("can't allocate memory", "not enough memory")


@contextmanager
def machine_failures(folder: Path) -> Iterator[None]:
    """Turn failures of memory and disk into errors that a person can act on.

    Args:
        folder: the state of the training, from which it will continue.

    Raises:
        LingraftError: memory or disk failed.
    """
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise LingraftError(
            "out of memory; use fewer rows at a time (`micro_batch=`), "
            "`activation_checkpointing=true` or more processes: the same command continues "
            f"from {folder}"
        ) from error
    except OSError as error:
        raise LingraftError(
            f"{error.filename or folder}: {error.strerror or error}; repair it and run the same "
            f"command, which continues from {folder}"
        ) from error


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory ran out, on the CPU or on a GPU."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return any(text in str(error) for text in _NO_MEMORY)
