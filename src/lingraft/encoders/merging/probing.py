"""The probe of self-positioning: the loss of an encoder on examples, in equal parts of every kind.

Shapes: N examples of a batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from lingraft.artifacts import Artifact, TrainingSetFacts
from lingraft.encoders.batches import ExampleSampler
from lingraft.encoders.examples import Form, TrainingExample, load_examples
from lingraft.encoders.job import form_of
from lingraft.encoders.loss import Material
from lingraft.encoders.merging.members import Member
from lingraft.encoders.merging.positions import ModuleProbe
from lingraft.encoders.merging.settings import MergeProbe
from lingraft.encoders.preparation import student_vectors
from lingraft.encoders.settings import Prompts, TunedEncoder, TuningStage
from lingraft.encoders.student import Student, open_student
from lingraft.encoders.teacher import Teacher
from lingraft.encoders.trainee import MODEL, Trainee
from lingraft.errors import ConfigError, InputError
from lingraft.training.sampler import Stream, key


@dataclass(frozen=True)
class ProbeInputs:
    """What a probe is made from.

    Attributes:
        settings: the block of the recipe.
        sets: the training sets by name, opened.
        teacher: folder of the model whose vectors the loss compares with.
        work: a folder for files that the loss makes.
        seed: decides which examples are taken.
    """

    settings: MergeProbe
    sets: Mapping[str, Artifact[TrainingSetFacts]]
    teacher: Path
    work: Path
    seed: int

    @property
    def form(self) -> Form:
        """The form of the examples."""
        artifact = next(iter(self.sets.values()))
        return form_of(artifact.folder, artifact.facts.form)


def make_probe(member: Member, given: ProbeInputs) -> ModuleProbe:
    """The probe of models that are like `member`, which gives its architecture and its pooling.

    Raises:
        ConfigError: the loss does not fit.
        InputError: the member is no sentence encoder, or a set has too few examples.
    """
    if not member.is_encoder:
        raise InputError(
            "self-positioning needs a sentence encoder among its members, which says how texts "
            "become vectors"
        )
    student = open_student(member.artifact.folder, member.model)
    batches = _balanced(given)
    examples = list(chain.from_iterable(batches))
    trainee = _trainee(student, member.artifact.folder, examples, given)
    ends = np.cumsum([len(batch) for batch in batches])
    calls = [
        (batch, np.arange(end - len(batch), end)) for batch, end in zip(batches, ends, strict=True)
    ]
    names = {f"trainee.{MODEL}{name}": own for name, own in member.names.items()}
    return ModuleProbe(_Measured(trainee, given.seed).eval(), calls, names)


class _Measured(nn.Module):
    """The loss of a trainee on a batch; the same tokens are hidden every time."""

    def __init__(self, trainee: Trainee, seed: int) -> None:
        super().__init__()
        self.trainee, self._seed = trainee, seed

    def forward(self, examples: Sequence[TrainingExample], numbers_N: Any) -> Tensor:
        """The mean loss ()."""
        keys_N = key(self._seed, Stream.HIDDEN, 0, numbers_N)
        return self.trainee.losses(examples, numbers_N, keys_N).total


def _balanced(given: ProbeInputs) -> list[list[TrainingExample]]:
    """Batches of one set and one language each, equally many of all, in turns."""
    settings = given.settings
    found: list[list[list[TrainingExample]]] = []
    for name, artifact in given.sets.items():
        examples = load_examples(artifact.folder)
        for language in sorted({example.language for example in examples}):
            own = [example for example in examples if example.language == language]
            batches, size = settings.batches, settings.batch_size
            sampler = ExampleSampler({name: own}, batches, size, 1.0, given.seed)
            numbers = [sampler.numbers(step) for step in range(batches)]
            found.append([[own[number] for number in batch] for batch in numbers])
    return [batch for turn in zip(*found, strict=True) for batch in turn]


def _trainee(
    student: Student, folder: Path, examples: list[TrainingExample], given: ProbeInputs
) -> Trainee:
    """The student with the loss, as a stage of a tuning would have it."""
    settings, encoder = given.settings, student.encoder
    stage = TuningStage(
        data=settings.data,
        loss=settings.loss,
        steps=settings.batches,
        batch_size=settings.batch_size,
        language_model_share=settings.language_model_share,
    )
    prompts = {name: text or "" for name, text in encoder.prompts.items() if name in _PROMPTS}
    length = encoder.max_seq_length
    recipe = TunedEncoder(prompts=Prompts(**prompts), maximum_length=length, stages=(stage,))
    encoder.eval()
    prepared = settings.loss.prepare(
        Material(
            examples=examples,
            form=given.form,
            used=range(len(examples)),
            student=encoder,
            embed=lambda texts: student_vectors(student, texts),
            teach=Teacher(given.teacher, length, "cpu").embed,
            start=folder,
            work=given.work,
            seed=given.seed,
        )
    )
    trainee = Trainee(student, recipe, stage, prepared)
    if own := [name for name in trainee.trained() if not name.startswith(MODEL)]:
        raise ConfigError(
            f"the loss {settings.loss.name} has layers of its own ({own[0]}), which no member was "
            "trained with; give the probe another loss"
        )
    return trainee


_PROMPTS = tuple(Prompts.model_fields)
