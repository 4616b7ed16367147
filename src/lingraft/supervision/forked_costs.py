"""Benchmarks of forked jobs: Snakemake's record, with the CPU time and memory that it missed."""

import json
import logging
from pathlib import Path
from typing import Any

from lingraft.artifacts import atomic_path
from lingraft.launch.forking.costs import take_cost
from lingraft.launch.forking.running import start_server
from lingraft.supervision.dry_run import describe

# What Snakemake measured of the client alone, and nobody of the job.
_UNKNOWN = ("max_vms", "max_uss", "max_pss", "io_in", "io_out")


class CostCollector(logging.Filter):
    """Follows the jobs of a run in Snakemake's events; lets every log record pass."""

    def __init__(self, folder: Path) -> None:
        """Follow a run.

        Args:
            folder: the server's, where zygotes leave what jobs cost.
        """
        super().__init__()
        self._folder = folder / "costs"
        self._jobs: dict[Any, tuple[Path, Path]] = {}  # log and benchmark

    def filter(self, record: logging.LogRecord) -> bool:
        """Note where a job writes; when it is finished, complete its benchmark."""
        from snakemake_interface_logger_plugins.common import LogEvent

        event = getattr(record, "event", None)
        if event == LogEvent.JOB_INFO:
            said = describe(record)
            if said["log"] and said["benchmark"]:
                places = Path(said["log"]), Path(said["benchmark"])
                self._jobs[vars(record)["jobid"]] = places
                take_cost(self._folder, places[0])  # of an earlier try, which failed
        elif event == LogEvent.JOB_FINISHED and (job := vars(record)["job_id"]) in self._jobs:
            complete_benchmark(self._folder, *self._jobs.pop(job))
        return True


def start_forking(*, is_local: bool) -> None:
    """Let the jobs of this run be forked by a server; complete their benchmarks.

    Args:
        is_local: whether jobs run on this machine; those of a cluster start ordinarily.
    """
    folder = start_server() if is_local else None
    if folder is not None:
        logging.getLogger("snakemake.logging").addFilter(CostCollector(folder))


def complete_benchmark(folder: Path, log: Path, benchmark: Path) -> None:
    """Put the cost of a forked job into its benchmark file; other jobs' files stay as they are."""
    cost = take_cost(folder, log)
    if cost is None:
        return
    try:
        *others, last = benchmark.read_text("utf-8").splitlines()
        record = json.loads(last)
        record |= dict.fromkeys(_UNKNOWN, "NA") | dict(cost)
        if record["s"]:
            record["mean_load"] = 100.0 * cost["cpu_time"] / record["s"]
        with atomic_path(benchmark) as temporary:
            temporary.write_text("\n".join([*others, json.dumps(record), ""]), "utf-8")
    except (OSError, ValueError, KeyError) as error:
        logging.getLogger(__name__).debug("%s stays as it is: %s", benchmark, error)
