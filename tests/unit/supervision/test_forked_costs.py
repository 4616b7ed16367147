"""What a forked job cost goes into Snakemake's benchmark of it."""

import json
import logging
import resource
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent

from lingraft.launch.forking.costs import leave_cost
from lingraft.supervision.forked_costs import CostCollector

MEASURED = {"s": 2.0, "cpu_time": 0.02, "max_rss": 9.0, "max_pss": 5.0, "mean_load": 1.0}


def record(**said: Any) -> logging.LogRecord:
    return logging.makeLogRecord(said)


def test_a_finished_job_gets_its_cost(tmp_path: Path) -> None:
    log, benchmark = tmp_path / "job.log", tmp_path / "job.jsonl"
    (tmp_path / "costs").mkdir()
    collector = CostCollector(tmp_path)
    said = {"rule_name": "any", "output": [], "reason": "", "wildcards": {}}
    begun = record(
        event=LogEvent.JOB_INFO, jobid=4, log=[str(log)], benchmark=str(benchmark), **said
    )
    ended = record(event=LogEvent.JOB_FINISHED, job_id=4)
    benchmark.write_text(json.dumps(MEASURED) + "\n", "utf-8")
    collector.filter(begun)
    collector.filter(ended)
    assert json.loads(benchmark.read_text("utf-8")) == MEASURED  # it was not forked

    # What a try that failed has left is not the cost of the next one.
    leave_cost(tmp_path / "costs", str(log), resource.getrusage(resource.RUSAGE_SELF))
    collector.filter(begun)
    collector.filter(ended)
    assert json.loads(benchmark.read_text("utf-8")) == MEASURED

    collector.filter(begun)
    leave_cost(tmp_path / "costs", str(log), resource.getrusage(resource.RUSAGE_SELF))
    collector.filter(ended)
    completed = json.loads(benchmark.read_text("utf-8"))
    assert completed["s"] == 2.0 and completed["max_pss"] == "NA"
    assert completed["cpu_time"] > 0.02 and completed["max_rss"] > 9
    assert completed["mean_load"] == 100 * completed["cpu_time"] / 2.0


def test_a_benchmark_that_is_not_there_stops_nobody(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    (tmp_path / "costs").mkdir()
    collector = CostCollector(tmp_path)
    said = {"rule_name": "any", "output": [], "reason": "", "wildcards": {}}
    place = str(tmp_path / "none.jsonl")
    collector.filter(
        record(event=LogEvent.JOB_INFO, jobid=1, log=[str(log)], benchmark=place, **said)
    )
    leave_cost(tmp_path / "costs", str(log), resource.getrusage(resource.RUSAGE_SELF))
    assert collector.filter(record(event=LogEvent.JOB_FINISHED, job_id=1))
    assert not list((tmp_path / "costs").iterdir())
