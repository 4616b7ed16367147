"""Guards finished trainings: no change of the configuration repeats one without consent.

Snakemake makes again whatever was made with other parameters or inputs. For a week of training that
must be a person's decision, so `make run` asks for it by name.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from lingraft.errors import LingraftError
from lingraft.supervision.planned import PlannedJob

EXPENSIVE_MINUTES = 10.0
_TRAININGS = ("pretrain", "warm_up_head", "tune_encoder")


def has_expensive_models(results: Path, minutes: float = EXPENSIVE_MINUTES) -> bool:
    """Whether `results` has a finished training that took at least so many minutes."""
    models = [folder for folder in results.glob("models/*/*/*/*") if folder.name != "initialized"]
    found = [*models, *results.glob("source_models/*/ready")]
    return any(training_minutes(folder) >= minutes for folder in found)


def training_minutes(model: Path) -> float:
    """Minutes that the training of a finished model took; 0 where there is no model.

    If a model has no record of its time, infinity is assumed, so that it is not lost.
    """
    try:
        minutes = float(json.loads((model / "provenance.json").read_text("utf-8"))["seconds"]) / 60
    except (OSError, ValueError, LookupError, TypeError):
        minutes = math.nan
    # False for NaN, too: a comparison with NaN is always false.
    if minutes >= 0:
        return minutes
    return math.inf if any(model.glob("*.safetensors")) else 0.0


def refuse_retraining(
    jobs: Sequence[PlannedJob], minutes: float = EXPENSIVE_MINUTES, command: str = "make run"
) -> None:
    """Refuse a plan that would repeat finished, expensive trainings.

    Args:
        jobs: what Snakemake would do.
        minutes: a training that took less may be repeated.
        command: the command that the message gives, to agree.

    Raises:
        LingraftError: names the trainings, their time, why they would be repeated, and how to agree
            or to keep them.
    """
    repeated = []
    for job in jobs:
        if job.rule in _TRAININGS and job.is_made:
            took = training_minutes(job.outputs[0].parent)
            if took >= minutes:
                repeated.append(f"{job.name} ({_duration(took)}; {_why(job.reason)})")
    if repeated:
        raise LingraftError(
            f"this would repeat finished trainings: {'; '.join(repeated)}. To keep them, undo the "
            "change or give what changed a new name in the configuration; to train again: "
            f"{command} RETRAIN=yes"
        )


def _duration(minutes: float) -> str:
    if math.isinf(minutes):
        return "unknown time"
    return f"{minutes / 60:.1f} h" if minutes >= 60 else f"{minutes:.0f} min"


def _why(reason: str) -> str:
    """The kind of Snakemake's reason without its values."""
    kinds = [part.split(":")[0].strip() for part in reason.split("; ")]
    return ", ".join(dict.fromkeys(kind.lower() for kind in kinds if kind))
