"""The recipe of a merged encoder: what is merged, how, and what measures it."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, NonNegativeFloat, PositiveInt, Tag, model_validator

from lingraft.config.base import Block, Name, Seed
from lingraft.encoders.losses import AnyLoss
from lingraft.encoders.merging.methods import AnyMerging
from lingraft.encoders.settings import RUN, SetName


class Origin(Block):
    """A model of the same run."""

    step: Name
    """The model's state: `initialized`, `pretrained`, or the name of an encoder."""
    initialization: Name | None = None
    """Its initialization. Unset: that of the model which is made."""
    seed: Seed | None = None
    """Its seed. Unset: that of the model which is made."""

    @property
    def name(self) -> str:
        """What messages and weights.json call it."""
        seed = None if self.seed is None else f"seed-{self.seed}"
        return "-".join(part for part in (self.step, self.initialization, seed) if part)


def _form_of_origin(given: Any) -> str:
    return "by name" if isinstance(given, str) else "of another cell"


AnyOrigin = Annotated[
    Annotated[Name, Tag("by name")] | Annotated[Origin, Tag("of another cell")],
    Discriminator(_form_of_origin),
]


class MergeProbe(Block):
    """What self-positioning lowers: the loss on a few examples, of every set and language alike."""

    data: Annotated[tuple[SetName, ...], Field(min_length=1)]
    """The examples, by names in `training_sets`; all of the same form. `{run}` in a name becomes
    the name of the run."""
    loss: AnyLoss
    """What is measured on them; a loss without layers of its own."""
    batches: PositiveInt = 4
    """Batches of each set and language."""
    batch_size: Annotated[int, Field(ge=2)] = 32
    """Examples of a batch."""
    language_model_share: NonNegativeFloat = 0.0
    """Weight of the language model's own loss on the last text of the examples."""
    teacher: Name | None = None
    """The model whose vectors the loss compares with, by its name in `models`. Unset: the run's
    source model."""


class MergedEncoder(Block):
    """A recipe without training: one model from several of a run.

    Its vectors are made as those of its members: their pooling, prompts and lengths must be equal.
    """

    merge: AnyMerging
    """The method."""
    of: Annotated[tuple[AnyOrigin, ...], Field(min_length=2)]
    """The models to merge: steps of the same initialization and seed by name (`initialized`,
    `pretrained`, another encoder), or `{step: ..., initialization: ..., seed: ...}` of the run."""
    base: AnyOrigin | None = None
    """The model from which they were trained, for methods that need it."""
    probe: MergeProbe | None = None
    """What measures mixtures, for methods that need it."""

    @model_validator(mode="after")
    def _fits_the_method(self) -> Self:
        names = [origin.name for origin in self.members]
        if len(set(names)) < len(names):
            raise ValueError("of names one model twice")
        if problem := self.merge.problem(len(names), self.base is not None):
            raise ValueError(problem)
        if self.merge.needs_probe and self.probe is None:
            raise ValueError(f"{self.merge.method} needs a `probe`")
        if self.probe is not None and not self.merge.needs_probe:
            raise ValueError(f"{self.merge.method} uses no `probe`: remove it")
        return self

    @property
    def members(self) -> tuple[Origin, ...]:
        """The models to merge."""
        return tuple(_origin(given) for given in self.of)

    @property
    def common_origin(self) -> Origin | None:
        """The base."""
        return None if self.base is None else _origin(self.base)

    @property
    def start(self) -> str:
        """What the encoder is compared with: its first member."""
        return self.members[0].step

    @property
    def stages(self) -> tuple[()]:
        """A merge trains nothing."""
        return ()

    @property
    def total_steps(self) -> int:
        """A merge trains nothing."""
        return 0

    @property
    def origins(self) -> tuple[Origin, ...]:
        """All models that it is made from."""
        return (*self.members, *([self.common_origin] if self.common_origin is not None else []))

    @property
    def sets(self) -> tuple[str, ...]:
        """Names of the training sets of its probe."""
        return self.probe.data if self.probe is not None else ()

    def of_run(self, run: str) -> Self:
        """The recipe for one run: the training sets that its probe names are that run's."""
        if self.probe is None:
            return self
        data = tuple(name.replace(RUN, run) for name in self.probe.data)
        return self.model_copy(update={"probe": self.probe.model_copy(update={"data": data})})

    @property
    def teacher(self) -> str | None:
        """The teacher of its probe, where the recipe names one."""
        return self.probe.teacher if self.probe is not None else None


def _origin(given: Any) -> Origin:
    return Origin(step=given) if isinstance(given, str) else given
