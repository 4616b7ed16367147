"""What a tuning is asked to do, checked before anything runs, and its identity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lingraft.artifacts import (
    Artifact,
    ModelFacts,
    TrainingSetFacts,
    fingerprint,
    open_artifact,
)
from lingraft.corpus.normalizing import require_same_text
from lingraft.encoders.examples import COLUMNS, Form, TrainingExample, load_examples
from lingraft.encoders.settings import TunedEncoder
from lingraft.errors import ConfigError, InputError
from lingraft.outputs import require_output
from lingraft.tokenizers.text_normalizer import read_mark_of
from lingraft.training.job import Machine


@dataclass(frozen=True)
class TuningJob:
    """A tuning: recipe, inputs and places.

    Attributes:
        recipe: the recipe.
        model: folder of the model to start from.
        teacher: folder of the model whose vectors are learned from.
        sets: folders of the training sets by name.
        state: where checkpoints live.
        vectors: where vectors of teachers are kept, which tunings may share; by default nowhere.
        output: folder of the encoder.
        seed: of data order, masks, dropout and new layers.
        machine: how it runs here; changes no result.
    """

    recipe: TunedEncoder
    model: Path
    teacher: Path
    sets: Mapping[str, Path]
    state: Path
    output: Path
    seed: int
    vectors: Path | None = None
    machine: Machine = field(default_factory=Machine)


@dataclass(frozen=True)
class TuningInputs:
    """The checked inputs of a tuning."""

    sets: Mapping[str, list[TrainingExample]]
    forms: Mapping[str, Form]
    identity: dict[str, Any]
    artifacts: dict[str, Artifact[Any]]

    @property
    def fingerprint(self) -> str:
        """The identity as one digest: equal for equal results."""
        return fingerprint(self.identity)


def check_tuning(job: TuningJob) -> TuningInputs:
    """Open what a tuning reads.

    Raises:
        ConfigError: a set that the recipe names is not given, or the recipe asks for fp16.
        InputError: an input is damaged, or a set is written otherwise than the model's text.
    """
    if job.recipe.precision == "fp16":
        raise ConfigError("precision: fp16 is not for encoders; write bf16, fp32 or auto")
    if missing := [name for name in job.recipe.sets if name not in job.sets]:
        raise ConfigError(f"the recipe reads {missing[0]!r}; give it by `sets={missing[0]}=DIR`")
    given = {f"training set {name}": folder for name, folder in job.sets.items()}
    require_output(
        job.output, {"model": job.model, "teacher": job.teacher, "state": job.state, **given}
    )
    artifacts: dict[str, Artifact[Any]] = {
        "model": open_artifact(job.model, ModelFacts),
        "teacher": open_artifact(job.teacher, ModelFacts),
    }
    opened = {name: open_artifact(job.sets[name], TrainingSetFacts) for name in job.recipe.sets}
    mark = read_mark_of(job.model)
    for name, artifact in opened.items():
        for language in artifact.facts.languages:
            place, own = f"training set {name}", artifact.facts.normalizer
            require_same_text(own, place, mark, f"the model {job.model}", language)
    artifacts |= {f"set-{name}": artifact for name, artifact in opened.items()}
    identity: dict[str, Any] = {
        "recipe": job.recipe.model_dump(mode="json", exclude_none=True, exclude_defaults=True),
        "seed": job.seed,
        "inputs": {name: artifact.digest for name, artifact in artifacts.items()},
    }
    sets = {name: load_examples(artifact.folder) for name, artifact in opened.items()}
    forms = {
        name: form_of(job.sets[name], artifact.facts.form) for name, artifact in opened.items()
    }
    return TuningInputs(sets, forms, identity, artifacts)


def form_of(folder: Path, form: str | None) -> Form:
    """The form that a training set says it has.

    Raises:
        InputError: it says none that is known.
    """
    for known in COLUMNS:
        if form == known:
            return known
    raise InputError(f"{folder} does not say the form of its examples; make the set again")
