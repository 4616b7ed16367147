"""Hours of computing up to every line of a training: of GPUs, or of CPU time, never of the clock.

Wall time on a shared machine measures the neighbors. A GPU is nobody else's while a training has
it, so there wall time counts for each GPU; on CPUs only the CPU seconds that the training used do.
To these come those of initialization, with the word vectors and alignments that the method needs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.stages import references
from lingraft.stages.trainings import TrainingId

Lines = Sequence[Mapping[str, Any]]

GPU, CPU = "GPU-hours", "CPU-hours"
_HOUR = 3600


def hours_label(collection: Collected) -> str:
    """What all trainings' hours are hours of; empty where they differ, or nobody measured them."""
    labels = {_label(lines) for lines in collection.curves.values() if lines}
    return labels.pop() if len(labels) == 1 else ""


def hours_note(label: str) -> str:
    """What the hours count."""
    if label == CPU:
        return (
            f"{CPU} count the CPU time of training and of initialization, including the word "
            "vectors and alignments that the method needs."
        )
    if label == GPU:
        return f"{GPU} count training only: initialization does not use the GPU here."
    return "Hours are left out: not all trainings measured their CPU or GPU time in the same way."


def hours_spent(config: Config, collection: Collected) -> dict[TrainingId, list[float]]:
    """Hours up to each line of a training's metrics, for those trainings whose hours are known."""
    label = hours_label(collection)
    found = {}
    for training, lines in collection.curves.items():
        begin = 0.0 if label == GPU else initialization_seconds(config, collection, training)
        if label and begin is not None:
            seconds = gpu_seconds(lines) if label == GPU else _cpu_seconds(lines)
            found[training] = [(begin + spent) / _HOUR for spent in seconds]
    return found


def gpu_seconds(lines: Lines) -> list[float]:
    """Seconds of all GPUs up to each line; their number may change at a restart."""
    result, total, before = [], 0.0, 0.0
    for line in lines:
        seconds = float(line.get("seconds") or before)
        total += (seconds - before) * float(line.get("processes") or 1)
        before = seconds
        result.append(total)
    return result


def initialization_seconds(
    config: Config, collection: Collected, training: TrainingId
) -> float | None:
    """CPU seconds of an initialization with what it alone needs; None where a job left no figures.

    Vectors and alignments count whole, though several methods may share them.
    """
    needed = sorted(set(_needed(config, training)))
    spent = [collection.cpu_seconds[key] for key in needed if key in collection.cpu_seconds]
    own = collection.initializing.get(training)
    return None if own is None or len(spent) < len(needed) else own + sum(spent)


def _needed(config: Config, training: TrainingId) -> Iterator[tuple[str, str]]:
    """Stage and name of the jobs that made the method's evidence."""
    evidence = references.evidence(config, training.run, training.initialization)
    vectors = [evidence.multilingual_vectors] if evidence.multilingual_vectors else []
    for name in evidence.alignments:
        yield "alignments", name
        vectors += [config.alignments[name].source, config.alignments[name].target]
    for name in vectors:
        yield "vectors", name


def _label(lines: Lines) -> str:
    if any(line.get("device", "cpu") != "cpu" for line in lines):
        return GPU
    return CPU if all(line.get("cpu_seconds") is not None for line in lines) else ""


def _cpu_seconds(lines: Lines) -> list[float]:
    return [float(line["cpu_seconds"]) for line in lines]
