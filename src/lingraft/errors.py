"""Errors that a person reads: one line that names the file, key or value, and how to mend it.

Each class carries the exit code that Snakemake, Slurm and scripts see.
"""


class LingraftError(Exception):
    """A foreseen failure; programs print its message alone, without a traceback."""

    exit_code = 1


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
