"""The recipe of a sentence encoder: how a text becomes a vector, and how that is learned."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    TypeAdapter,
    model_validator,
)

from lingraft.config.base import Block, Name
from lingraft.config.optimization import Fraction, Optimization
from lingraft.config.pretraining import Masking
from lingraft.encoders.losses import AnyLoss
from lingraft.encoders.poolings import AnyPooling, PooledLayers
from lingraft.encoders.preset import PresetName, with_preset

RUN = "{run}"
STATES = ("initialized", "pretrained")  # what a recipe can start from, beside another encoder


def _names_a_set(name: str) -> str:
    TypeAdapter(Name).validate_python(name.replace(RUN, "run"))
    return name


# The name of a training set, in which the run's name can be left open.
SetName = Annotated[str, AfterValidator(_names_a_set)]


class Prompts(Block):
    """Instructions that stand before a text."""

    query: str = ""
    """Before what is asked: a question, a title, the first text of an example."""
    document: str = ""
    """Before what is found: the other texts of an example, and texts that are not asked for."""


class TuningStage(Block):
    """One part of the tuning, with examples, a loss and an optimizer of its own."""

    data: Annotated[tuple[SetName, ...], Field(min_length=1)]
    """The examples, by names in `training_sets`; all of the same form. `{run}` in a name becomes
    the name of the run, so that one recipe serves runs with examples of their own."""
    loss: AnyLoss
    """What is learned from them."""
    steps: PositiveInt
    """Optimizer steps."""
    batch_size: Annotated[int, Field(ge=2)] = 64
    """Examples of a step, over all processes."""
    learning_rate: PositiveFloat | None = None
    """Peak learning rate. Unset: that of the recipe."""
    language_model_share: Annotated[float, Field(ge=0.0)] = 0.0
    """Weight of the language model's own loss (masked or causal) on the last text of the examples,
    so that the student remains a language model. 0: none."""
    sampling_exponent: Fraction = 1.0
    """How often the sets and languages take turns: in proportion to their examples to this power. A
    batch is of one set and one language."""
    from_start: bool = False
    """Begin again with the weights that the recipe starts from, after the loss has been prepared
    with those of the stage before (the progressive rounds of DefSent+)."""


class TunedEncoder(Optimization):
    """A recipe: where the tuning starts, what the vector of a text is, and the stages."""

    preset: PresetName | None = None
    """A recipe of the literature that fills in what this one does not say, all but `data`; a single
    stage here goes over all stages there. docs/encoders.md has a table."""
    start: Name = "pretrained"
    """The model to start from: `initialized`, `pretrained`, or another recipe of the run. A run
    that keeps the source's tokenizer (initialized by `fvt`) starts from the source model itself."""
    pooling: AnyPooling = "mean"
    """How the vectors of the tokens become one: their mean, the first, the last, the largest of
    each dimension, or a mean in which later tokens count more (SGPT). A block joins layers (DSE) or
    adds what the tokens say (DupMAE); then lingraft must be installed to read the encoder."""
    layers: PositiveInt = 1
    """How many of the last layers are averaged before pooling by a name."""
    normalize: bool = False
    """Give every vector the length 1."""
    prompts: Prompts = Prompts()
    """Instructions before queries and documents; they are part of the written encoder."""
    maximum_length: Annotated[int, Field(ge=8)] = 128
    """Tokens after which a text is cut, also by the written encoder."""
    attention: Literal["as-is", "bidirectional"] = "as-is"
    """`bidirectional`: a decoder's tokens see the later ones too; it is no longer a language model
    then."""
    matryoshka: tuple[PositiveInt, ...] = ()
    """Numbers of dimensions, besides all, after which the vectors must be good too (Kusupati et
    al. 2022), such as `[64, 128, 256]`."""
    teacher: Name | None = None
    """The model whose vectors are learned from, by its name in `models`; its vectors are means
    over tokens. Unset: the run's source model."""
    masking: Masking = Masking()
    """What is predicted where a stage has a `language_model_share`, in a masked language model."""
    stages: Annotated[tuple[TuningStage, ...], Field(min_length=1)]
    """The stages, one after the other."""

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, content: Any) -> Any:
        return with_preset(content) if isinstance(content, dict) else content

    @model_validator(mode="after")
    def _masks_for_a_reason(self) -> Self:
        shares = [stage.language_model_share for stage in self.stages]
        if "masking" in self.model_fields_set and not any(shares):
            raise ValueError("masking would have no effect: no stage has a language_model_share")
        if self.attention == "bidirectional" and any(shares):
            raise ValueError(
                "language_model_share needs a language model, and with attention: bidirectional a "
                "decoder is not one; remove one of them"
            )
        if self.stages[0].from_start:
            raise ValueError("from_start has no effect in the first stage, which begins there")
        return self

    @model_validator(mode="after")
    def _drops_where_it_must(self) -> Self:
        needing = [stage.loss.name for stage in self.stages if stage.loss.needs_dropout]
        if needing and self.dropout is False:
            raise ValueError(
                f"dropout: false does not fit the loss {needing[0]}, which compares two vectors "
                "that dropout alone makes different; remove one of them"
            )
        return self

    @model_validator(mode="after")
    def _layers_for_a_reason(self) -> Self:
        if self.layers > 1 and not isinstance(self.pooling, str):
            raise ValueError("layers has no effect where pooling is a block; write it there")
        return self

    @property
    def read_layers(self) -> int:
        """How many of the last layers are pooled."""
        return self.pooling.layers if isinstance(self.pooling, PooledLayers) else self.layers

    @property
    def needs_all_layers(self) -> bool:
        """Whether the pooling reads hidden states beside the last ones."""
        return self.layers > 1 or isinstance(self.pooling, PooledLayers)

    @property
    def total_steps(self) -> int:
        """Optimizer steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    @property
    def sets(self) -> tuple[str, ...]:
        """Names of the training sets of all stages, each once."""
        return tuple(dict.fromkeys(name for stage in self.stages for name in stage.data))

    def of_run(self, run: str) -> Self:
        """The recipe for one run: the training sets that its stages name are that run's."""
        if not any(RUN in name for name in self.sets):
            return self
        stages = tuple(
            stage.model_copy(update={"data": tuple(n.replace(RUN, run) for n in stage.data)})
            for stage in self.stages
        )
        return self.model_copy(update={"stages": stages})
