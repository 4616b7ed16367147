"""Time and memory of every job, as Snakemake measured them and as trainings count them.

Snakemake keeps only the measurement of the last start of a job. A training that was stopped and
continued counts its seconds over all of its starts, so for trainings the larger number is used.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Gap, JobCost, Lines
from lingraft.reporting.collected.files import is_finished, read_json_lines
from lingraft.stages.trainings import Step, TrainingId, encoders, trainings

ENCODER = "encoder"  # the stage of all jobs that tune one


def read_costs(
    config: Config,
    results: Path,
    curves: Mapping[TrainingId, Lines],
    tunings: Mapping[tuple[TrainingId, Step], Lines],
    gaps: list[Gap],
) -> list[JobCost]:
    """Read the cost of every job that left a benchmark file.

    The path of the file says what kind of job it was and what it made.

    Args:
        config: the experiment.
        results: folder of its results.
        curves: the lines of each pretraining's metrics.jsonl.
        tunings: the same of each (training, encoder).
        gaps: gets one more entry for each damaged file.
    """
    folder = results / "benchmarks"
    known = dict(_names(config))
    jobs = []
    for path in sorted(folder.rglob("*.jsonl")):
        place = path.relative_to(folder).with_suffix("").as_posix()
        stage, of, training = known.get(place, (*_other(place), None))
        lines: Lines = ()
        if stage == "pretrained" and training is not None:
            lines = curves.get(training, ())
        elif stage == ENCODER and training is not None:
            lines = tunings.get((training, of.rpartition(" / ")[2]), ())
        elif stage == "ready":
            model = results / "source_models" / of / "ready"
            lines = read_json_lines(model, "metrics.jsonl", gaps) if is_finished(model) else ()
        jobs += [_whole(_job(record, stage, of, training), lines) for record in read_records(path)]
    return jobs


def _names(config: Config) -> Iterator[tuple[str, tuple[str, str, TrainingId | None]]]:
    """Path of a benchmark file -> stage, name and training, where the path alone is ambiguous."""
    for training in trainings(config):
        of = f"{training.run} / {training.initialization} / seed {training.seed}"
        for step in ("initialized", "pretrained"):
            yield f"models/{training.folder}-{step}", (step, of, training)
        for name in encoders(config, training):
            yield f"models/{training.folder}-{name}", (ENCODER, f"{of} / {name}", training)
    for model in config.models:
        for step in ("converted", "ready"):
            yield f"source_models/{model}-{step}", (step, model, None)
        for corpus in config.corpora:
            yield f"source_models/{model}-tokens-{corpus}", ("tokens", f"{model} / {corpus}", None)


def _other(place: str) -> tuple[str, str]:
    stage, *rest = place.split("/")
    return stage, " / ".join(rest)


def read_records(path: Path) -> list[Mapping[str, Any]]:
    """The complete lines of a file; a line that a killed job left incomplete is ignored."""
    records: list[Mapping[str, Any]] = []
    if not path.is_file():
        return records
    for line in path.read_bytes().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        records += [record] if isinstance(record, dict) else []
    return records


def _job(record: Mapping[str, Any], stage: str, of: str, training: TrainingId | None) -> JobCost:
    memory = read_number(record, "max_rss")
    return JobCost(
        stage,
        of,
        read_number(record, "s"),
        None if memory is None else memory * 2**20,  # Snakemake counts in MiB
        read_number(record, "cpu_time"),
        training,
    )


def _whole(job: JobCost, lines: Lines) -> JobCost:
    """The job with the seconds that its training counted over all of its starts."""
    last: Mapping[str, Any] = lines[-1] if lines else {}
    counted = read_number(last, "seconds"), read_number(last, "cpu_seconds")
    seconds = max(filter(None, (job.seconds, counted[0])), default=None)
    cpu_seconds = max(filter(None, (job.cpu_seconds, counted[1])), default=None)
    return replace(job, seconds=seconds, cpu_seconds=cpu_seconds)


def read_number(record: Mapping[str, Any], name: str) -> float | None:
    """A number of a record; Snakemake writes NA or - where a job was too short to be measured."""
    try:
        return float(record[name])
    except (KeyError, TypeError, ValueError):
        return None
