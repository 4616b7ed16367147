"""What jobs need of a machine, by the size of what they read; more at each attempt.

A profile overrides single numbers (set-resources); partitions and accounts are a site's own.
"""

from lingraft.artifacts import size_mb


def memory(base, times=0, most=500_000, of=None):
    """Megabytes: for the program and its libraries, and for its inputs (those named `of`)."""

    def mem_mb(wildcards, input, attempt):
        return _grown(base, times, most, input, of) * attempt

    return mem_mb


def minutes(base, per_gigabyte=0, most=1440, of=None):
    """Minutes of wall time: to start, and for the inputs (those named `of`)."""

    def runtime(wildcards, input, attempt):
        return _grown(base, per_gigabyte / 1000, most, input, of) * attempt

    return runtime


def _grown(base, per_mb, most, input, of):
    paths = input if of is None else input[of]
    size = size_mb([paths] if isinstance(paths, str) else paths) if per_mb else 0
    return min(most, base + int(per_mb * size))
