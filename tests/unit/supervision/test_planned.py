"""A dry run as data: from Snakemake's events, whatever is printed of them."""

import logging
import subprocess
from pathlib import Path
from typing import Any

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from lingraft.errors import LingraftError
from lingraft.supervision.dry_run import PlanCollector
from lingraft.supervision.planned import planned_jobs, read_plan
from lingraft.supervision.request import command_line

TRAINING: dict[str, Any] = {
    "rule_name": "pretrain",
    "output": ["b/manifest.json", "b/model, with a comma.safetensors (update)"],
    "log": ["logs/b.log (send to a person)"],
    "benchmark": "benchmarks/b.jsonl",
    "reason": "Missing output files: b/manifest.json; Input files updated by another job: a",
    "wildcards": {"run": "swahili", "initialization": "random", "seed": "1"},
}
TARGET = TRAINING | {"rule_name": "all", "output": [], "log": [], "benchmark": None}


def collected(*jobs: dict[str, Any], total: int) -> dict[str, Any]:
    collector = PlanCollector()
    for job in jobs:
        record = logging.makeLogRecord({"msg": "", "event": LogEvent.JOB_INFO} | job)
        assert collector.filter(record)
    stats = {"event": LogEvent.RUN_INFO, "stats": {"total": total}}
    collector.filter(logging.makeLogRecord(stats))
    return {"jobs": collector.jobs, "total": collector.total}


def test_jobs_are_read_from_events() -> None:
    (training,) = read_plan(collected(TRAINING, TARGET, total=2))
    assert training.rule == "pretrain"
    assert training.outputs == [
        Path("b/manifest.json"),
        Path("b/model, with a comma.safetensors"),
    ]
    assert training.benchmark == Path("benchmarks/b.jsonl")
    assert training.log == Path("logs/b.log")
    assert training.name == "pretrain swahili/random/1"
    assert training.reason.startswith("Missing output files: b/manifest.json; Input")
    assert not training.is_made


def test_the_plan_is_made_with_the_profile_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with one that is named by its whole path: without a profile another plan comes out."""
    asked: list[list[str]] = []

    def fail(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 1, "no plan")

    monkeypatch.setattr(subprocess, "run", fail)
    for profile in ("slurm", str(tmp_path / "mine")):
        with pytest.raises(LingraftError, match="cannot plan this: no plan"):
            planned_jobs(Path("c.yaml"), profile)
        of_run = command_line(Path("c.yaml"), profile, "1", "all")
        assert set(of_run) - {"all"} <= set(asked[-1])


def test_what_the_parser_refuses_is_told_without_its_options(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usage = f"usage: dry_run.py {'[--option VALUE] ' * 200}\ndry_run.py: error: profile\n  line 2\n"
    done = subprocess.CompletedProcess([], 2, usage)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with pytest.raises(LingraftError) as refused:
        planned_jobs(Path("c.yaml"), "default")
    assert str(refused.value) == "Snakemake cannot plan this: profile\n  line 2"


def test_nothing_to_do_is_no_job() -> None:
    from snakemake.common import NOTHING_TO_BE_DONE_MSG

    collector = PlanCollector()
    collector.filter(logging.makeLogRecord({"msg": NOTHING_TO_BE_DONE_MSG}))
    assert read_plan({"jobs": [], "total": collector.total}) == []


@pytest.mark.parametrize("total", [None, 0, 2])
def test_a_plan_that_is_not_whole_is_no_consent(total: int | None) -> None:
    """Silence, or fewer jobs than there are, must never look like nothing to be done."""
    content = collected(TRAINING, total=1) | {"total": total}
    with pytest.raises(LingraftError, match="nothing is started"):
        read_plan(content)
    with pytest.raises(LingraftError, match="nothing is started"):
        read_plan({"jobs": [], "total": None})
