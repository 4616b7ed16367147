"""Write the plan of Snakemake as JSON. It is a program, started as

    python -m lingraft.supervision.dry_run PLAN.json <arguments of snakemake>

The plan comes from the events that Snakemake logs, whatever the user's options print: `--quiet`
would silence a guard that reads printed text.
"""

import json
import logging
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_MARKED = re.compile(r"(?: \([a-z ]+\))+$")  # Snakemake's remarks after a name: "x.log (...)"


class PlanCollector(logging.Filter):
    """Collects the events of a dry run; lets every log record pass."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[dict[str, Any]] = []
        self.total: int | None = None  # of jobs, as Snakemake counts; None if it never said

    def filter(self, record: logging.LogRecord) -> bool:
        """Collect the job or the total that a log record describes."""
        from snakemake.common import NOTHING_TO_BE_DONE_MSG
        from snakemake_interface_logger_plugins.common import LogEvent

        event = getattr(record, "event", None)
        if event == LogEvent.JOB_INFO:
            self.jobs.append(describe(record))
        elif event == LogEvent.RUN_INFO:
            self.total = vars(record)["stats"]["total"]
        elif record.getMessage() == NOTHING_TO_BE_DONE_MSG:
            self.total = 0
        return True


def describe(record: logging.LogRecord) -> dict[str, Any]:
    """What an event says of a job: its rule, wildcards, files and the reason why it runs."""
    said = vars(record)
    log, benchmark = _names(said["log"]), _names([said["benchmark"]])
    return {
        "rule": said["rule_name"],
        "outputs": _names(said["output"]),
        "log": log[0] if log else None,
        "benchmark": benchmark[0] if benchmark else None,
        "reason": said["reason"] or "",
        "wildcards": dict(said["wildcards"] or {}),
    }


def _names(items: Sequence[str | None]) -> list[str]:
    return [_MARKED.sub("", str(item)) for item in items or () if item]


def main(words: Sequence[str]) -> int:
    """Write the plan for these arguments as JSON; returns 1 if Snakemake cannot plan."""
    from snakemake.cli import args_to_api, parse_args
    from snakemake.settings.enums import Quietness

    plan, *arguments = words
    parser, parsed = parse_args(arguments)
    parsed.dryrun, parsed.touch, parsed.quiet = True, False, {Quietness.HOST}
    parsed.nocolor, parsed.verbose, parsed.debug_dag, parsed.logger = True, False, False, []
    collector = PlanCollector()
    logging.getLogger("snakemake.logging").addFilter(collector)
    if not args_to_api(parsed, parser):
        return 1
    content = {"jobs": collector.jobs, "total": collector.total}
    Path(plan).write_text(json.dumps(content), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
