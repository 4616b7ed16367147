"""Errors that a person reads: one line that names the file, key or value, and how to repair it.

Each class carries the exit code that Snakemake, Slurm and scripts see.

A message names an argument as Python does, in backticks and with an equals sign: `data=`, or
`zero_stage=3` with a value. Whoever imports lingraft reads it so. `lingraft.program.run` shows the
parameters of its own program as flags: --data, --zero-stage 3. A key of the configuration has
backticks without the equals sign and stays as it is.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pickle import UnpicklingError

from lingraft.redaction import hide_secrets


class LingraftError(Exception):
    """An expected failure; programs print only its message, without a traceback.

    No message has a secret, whoever prints it: Snakemake, a program, the report.
    """

    exit_code = 1

    def __str__(self) -> str:
        return hide_secrets(super().__str__())


DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_disk_full(error: BaseException) -> bool:
    """Whether the disk is full: the input is not the reason, and trying again may help."""
    return isinstance(error, OSError) and error.errno in DISK_FULL


class ConfigError(LingraftError):
    """The configuration is wrong: a misspelt key, a wrong type, a name that does not exist."""

    exit_code = 2


class InputError(LingraftError):
    """An input is unusable (corrupt, empty, of another tokenizer): trying again cannot help."""

    exit_code = 65


class ArtifactError(InputError):
    """A file of an artifact is missing, or its digest is not the one in its manifest."""


class DivergedError(LingraftError):
    """Training produced non-finite or exploding losses beyond the policy's limit."""

    exit_code = 3


class PreemptedError(LingraftError):
    """Training stopped by signal or time budget after saving; the same command continues it."""

    exit_code = 75


_PASS = (LingraftError, MemoryError, PermissionError)  # programs report them by their own names
_LONGEST_REASON = 300


@contextmanager
def foreign(what: str) -> Iterator[None]:
    """Around a library that reads foreign files: every exception becomes one line.

    No library documents what it raises for a damaged, newer or malicious file, so no list of
    exceptions would be complete. `KeyboardInterrupt`, `SystemExit` and `MemoryError` pass.

    Args:
        what: names the file or folder; "cannot be read" and the reason follow it.

    Raises:
        InputError: the block raised.
    """
    try:
        yield
    except _PASS:
        raise
    except BaseException as error:
        # Libraries in Rust raise a PanicException, which is not an Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise InputError(f"{what} cannot be read: {reason_of(error)}") from error


def reason_of(error: BaseException) -> str:
    """The reason that an exception gives, on one line of limited length."""
    if isinstance(error, UnpicklingError):  # torch advises to run the code in it
        return "its pickle has more than tensors in it; lingraft loads only tensors"
    text = " ".join(str(error).split())
    if not isinstance(error, OSError | ValueError | RuntimeError) or not text:
        text = f"{type(error).__name__}: {text}".removesuffix(": ")
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]} ..."
