"""Which trainings were measured as the evaluation measures: their curves show what the tables show.

Each evaluation of a training records which documents it scored, in which windows and under which
masks. An earlier version recorded nothing and measured otherwise, and the settings of the
evaluation may have changed since: such curves are left out, and a sentence says so.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected, Lines
from lingraft.stages.settings import measure_of
from lingraft.stages.trainings import TrainingId

_EARLIER = "an earlier version measured them in another way"


def measured_alike(config: Config, collection: Collected) -> dict[TrainingId, Lines]:
    """The metrics of each training whose evaluations are those of the tables."""
    wanted = measure_of(config).as_record()
    return {
        training: lines
        for training, lines in collection.curves.items()
        if not _difference(lines, wanted)
    }


def measured_otherwise(config: Config, collection: Collected) -> Iterator[str]:
    """Yield why curves are left out, and how to get them: a sentence for each reason."""
    wanted = measure_of(config).as_record()
    reasons: dict[str, list[TrainingId]] = {}
    for training, lines in collection.curves.items():
        if reason := _difference(lines, wanted):
            reasons.setdefault(reason, []).append(training)
    for reason, trainings in reasons.items():
        place = f"{config.experiment}/models/{trainings[0].folder}/pretrained"
        others = " and the same of the others" if len(trainings) > 1 else ""
        back = "" if reason == _EARLIER else "give `evaluation.language_model` its values back, or "
        yield (
            f"The curves of {len(trainings)} of {len(collection.curves)} trainings are left out: "
            f"{reason}. To have them, {back}train again: delete results/{place} and "
            f"state/{place}{others}, and run the workflow."
        )


def _difference(lines: Lines, wanted: Mapping[str, Any]) -> str:
    """How the evaluations of a training differ from the measure; empty if they do not."""
    for line in lines:
        if line.get("kind") != "valid":
            continue
        record = line.get("measure")
        if record is None:
            return _EARLIER
        changed = [name for name, value in wanted.items() if record.get(name) != value]
        if changed:
            said = [f"{name} {record.get(name)} and not {wanted[name]}" for name in changed]
            return f"they were measured with {', '.join(said)}"
    return ""
