"""CPU-hours or GPU-hours of a training up to every line of its metrics.

Wall time on a shared machine depends on other jobs, so it is not used on CPUs: there only the CPU
seconds of the training count. A GPU belongs to one training at a time, so there wall time counts,
once for each GPU. The CPU time of initialization is added, with that of the word vectors and
alignments that the method needs.
"""

from collections.abc import Iterator

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected, Lines
from lingraft.stages import references
from lingraft.stages.trainings import TrainingId

GPU, CPU = "GPU-hours", "CPU-hours"
HOUR = 3600


def hours_label(collection: Collected) -> str:
    """What the hours of all trainings count; empty if they differ or were not measured."""
    labels = {_label(lines) for lines in collection.curves.values() if lines}
    return labels.pop() if len(labels) == 1 else ""


def hours_note(label: str) -> str:
    """A sentence that says what the hours count."""
    if label == CPU:
        return (
            f"{CPU} count the CPU time of training and of initialization, including the word "
            "vectors and alignments that the method needs."
        )
    if label == GPU:
        return f"{GPU} count training only: initialization does not use the GPU here."
    return "Hours are left out: not all trainings measured their CPU or GPU time in the same way."


def hours_spent(config: Config, collection: Collected) -> dict[TrainingId, list[float]]:
    """Hours up to each line of the metrics of each training whose hours are known."""
    label = hours_label(collection)
    found = {}
    for training, lines in collection.curves.items():
        begin = 0.0 if label == GPU else initialization_seconds(config, collection, training)
        if label and begin is not None:
            seconds = gpu_seconds(lines) if label == GPU else _cpu_seconds(lines)
            found[training] = [(begin + spent) / HOUR for spent in seconds]
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


def hours_of(lines: Lines, label: str) -> float | None:
    """Hours of a training or a tuning alone; None if they were not measured alike."""
    if label == GPU:
        return gpu_seconds(lines)[-1] / HOUR
    return float(lines[-1]["cpu_seconds"]) / HOUR if label == CPU else None


def initialization_seconds(
    config: Config, collection: Collected, training: TrainingId
) -> float | None:
    """CPU seconds of an initialization, with the word vectors and alignments that it needs.

    Vectors and alignments count in full, although several methods may share them.

    Args:
        config: the experiment.
        collection: what its results folder has.
        training: whose initialization.

    Returns:
        The seconds, or None if one of the jobs left no measurement.
    """
    needed = sorted(set(_needed(config, training)))
    spent = [collection.cpu_seconds[key] for key in needed if key in collection.cpu_seconds]
    own = collection.initializing.get(training)
    return None if own is None or len(spent) < len(needed) else own + sum(spent)


def _needed(config: Config, training: TrainingId) -> Iterator[tuple[str, str]]:
    """Stage and name of the jobs that made the word vectors and alignments of a method."""
    evidence = references.evidence(config, training.run, training.initialization)
    if evidence.generator is not None:
        yield "generators", evidence.generator
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
