"""The tables of costs: time and memory of every rule, and of every training."""

from lingraft.reporting.collected.collection import Collected, JobCost
from lingraft.reporting.collected.hours import hours_of
from lingraft.reporting.collected.job_costs import ENCODER
from lingraft.reporting.tables.table import INITIALIZATION, RUN, Column, Table

# What the page calls the stages of jobs.
_STAGES = {
    "downloads": "download",
    "shards": "clean shard",
    "datasets": "prepare dataset",
    "corpora": "prepare corpus",
    "tokenizers": "train tokenizer",
    "tokens": "encode corpus",
    "vectors": "train vectors",
    "alignments": "align vectors",
    "generators": "train generator",
    "converted": "convert source model",
    "ready": "warm up its head",
    "initialized": "initialize embeddings",
    "pretrained": "continue pretraining",
    "training_sets": "prepare training set",
    ENCODER: "tune encoder",
    "evaluation": "evaluate",
}


def cost_table(collection: Collected) -> Table:
    """Time and memory of each kind of job, as Snakemake measured them."""
    stages: dict[str, list[JobCost]] = {}
    for job in collection.costs:
        stages.setdefault(job.stage, []).append(job)
    rows = []
    for stage, jobs in stages.items():
        seconds = [job.seconds for job in jobs if job.seconds is not None]
        memory = [job.memory_bytes for job in jobs if job.memory_bytes is not None]
        rows.append(
            {
                "stage": _STAGES.get(stage, stage),
                "jobs": len(jobs),
                "total": sum(seconds) if seconds else None,
                "longest": max(seconds, default=None),
                "memory": max(memory, default=None),
                "cpu": sum(job.cpu_seconds or 0 for job in jobs) or None,
            }
        )
    columns = [
        Column("stage", "Rule"),
        Column("jobs", "Jobs", "integer"),
        Column("total", "Time, all jobs", "seconds"),
        Column("longest", "Longest job", "seconds"),
        Column("cpu", "CPU time", "seconds"),
        Column("memory", "Largest memory", "bytes"),
    ]
    note = (
        "Time is wall time; other jobs may have run on the same machine. Memory is that of the "
        "process tree. A training that was stopped and continued counts all of its starts; other "
        "jobs count only the last one."
    )
    return Table("costs", "Time and memory for each rule", columns, rows, note)


def training_table(collection: Collected, hours: str) -> Table:
    """Time, memory and energy of continued pretraining, from each metrics file."""
    rows = []
    for training, lines in collection.curves.items():
        rates = [line["tokens_per_second"] for line in lines if line.get("tokens_per_second")]
        peaks = [line["peak_memory_bytes"] for line in lines if line.get("peak_memory_bytes")]
        rows.append(
            {"run": training.run, "initialization": training.initialization, "seed": training.seed}
            | {"parameters": collection.parameters.get(training)}
            | {key: lines[-1].get(key) for key in ("step", "tokens", "seconds")}
            | {
                "processes": max((line.get("processes") or 1 for line in lines), default=None),
                "device": lines[-1].get("device"),
                "precision": lines[-1].get("precision"),
                "hours": hours_of(lines, hours),
                "rate": sum(rates) / len(rates) if rates else None,
                "memory": max(peaks, default=None),
                "energy": max(
                    (line["joules"] for line in lines if line.get("joules")), default=None
                ),
            }
        )
    columns = [
        RUN,
        INITIALIZATION,
        Column("seed", "Seed", "integer"),
        Column("parameters", "Parameters", "integer"),
        Column("step", "Steps", "integer"),
        Column("tokens", "Tokens", "integer"),
        Column("seconds", "Time", "seconds"),
        Column("processes", "Processes", "integer"),
        Column("device", "Device"),
        # Trainings of earlier versions do not say it.
        *([Column("precision", "Arithmetic")] if any(row["precision"] for row in rows) else []),
        *([Column("hours", hours, "number")] if hours else []),
        Column("rate", "Tokens a second", "integer"),
        Column("memory", "Peak memory", "bytes"),
    ]
    note = "Energy was not measured."
    if any(row["energy"] is not None for row in rows):
        columns.append(Column("energy", "Energy, J", "integer"))
        note = ""
    return Table("training", "Continued pretraining", columns, rows, note)
