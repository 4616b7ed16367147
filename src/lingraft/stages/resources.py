"""What jobs need of a machine, by the size of what they read; memory and time grow by attempt.

A profile overrides single numbers (set-resources); partitions and accounts are a site's own.
"""

from collections.abc import Callable
from typing import Any

from lingraft.artifacts import size_mb
from lingraft.stages.signatures import known

Resource = Callable[[Any, Any, int], int]  # of wildcards, inputs and attempt, as Snakemake calls it


def memory(base: int, times: float = 0, most: int = 500_000, of: str | None = None) -> Resource:
    """Megabytes of memory: for the program and its libraries, and for its inputs.

    Args:
        base: without any input, in MB.
        times: MB for each MB of the inputs.
        most: the limit of a first attempt, in MB.
        of: the one input that counts; by default all do.
    """

    @known
    def mem_mb(wildcards: Any, input: Any, attempt: int) -> int:
        # Snakemake counts attempts from 1, so a job that ran out of memory gets more next time.
        return _grown(base, times, most, input, of) * attempt

    return mem_mb


def minutes(base: int, per_gigabyte: float = 0, most: int = 1440) -> Resource:
    """Minutes of wall time: to start, and for the inputs.

    Args:
        base: without any input.
        per_gigabyte: for each GB of the inputs.
        most: the limit of a first attempt.
    """

    @known
    def runtime(wildcards: Any, input: Any, attempt: int) -> int:
        return _grown(base, per_gigabyte / 1000, most, input, None) * attempt

    return runtime


def cores(most: int, from_mb: float, of: str) -> Callable[[Any, Any], int]:
    """CPU cores of a job whose results do not depend on their number.

    A small job takes one: more would hardly be faster, and on a machine of as many cores the job
    would wait until all are free.

    Args:
        most: for large inputs.
        from_mb: the size of that input, in MB, from which it is large.
        of: the input that takes the time; others, such as a model whose tokenizer cuts it, do not
            count, and a job without it is small.
    """

    @known
    def threads(wildcards: Any, input: Any) -> int:
        try:
            return most if _size_of(input, of) >= from_mb else 1
        except FileNotFoundError:  # not made yet; Snakemake asks again when it is
            return most

    return threads


def _grown(base: int, per_mb: float, most: int, input: Any, of: str | None) -> int:
    # size_mb raises FileNotFoundError while an input is not made yet. Snakemake then plans without
    # the number, and asks again when the file exists.
    size = (size_mb(input) if of is None else _size_of(input, of)) if per_mb else 0
    return min(most, base + int(per_mb * size))


def _size_of(input: Any, name: str) -> float:
    """MB of one input: a path or several; 0 where the job has none of this name."""
    paths = input.get(name, [])
    return size_mb([paths] if isinstance(paths, str) else paths)
