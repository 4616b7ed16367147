"""What forked jobs cost, by the names of their logs.

Snakemake measures the processes below a rule's shell, which a forked job is not. So the zygote
leaves what the kernel says of the job, and it is taken into Snakemake's record.
"""

import hashlib
import json
import os
import resource
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


def leave_cost(folder: Path, log: str, used: resource.struct_rusage) -> None:
    """Leave the CPU time and memory of a job for `take_cost`; without space, nothing is left."""
    cost = {"cpu_time": used.ru_utime + used.ru_stime, "max_rss": used.ru_maxrss / 1024}
    with suppress(OSError):
        _place(folder, log).write_text(json.dumps(cost), "utf-8")


def take_cost(folder: Path, log: Path) -> Mapping[str, float] | None:
    """Seconds (`cpu_time`) and MiB (`max_rss`) of the job with this log, once; None: not forked."""
    place = _place(folder, os.path.realpath(log))
    try:
        cost: dict[str, float] = json.loads(place.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    place.unlink(missing_ok=True)
    return cost


def _place(folder: Path, log: str) -> Path:
    return folder / f"{hashlib.sha256(log.encode()).hexdigest()}.json"
