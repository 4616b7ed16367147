"""Recipes of continued pretraining.

Only what changes the result is here. Processes, micro-batches, ZeRO stages and checkpoint
intervals belong to the machine and are options of `scripts/pretrain.py`.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from lingraft.config.adapter import Adapter
from lingraft.config.base import Block, Name
from lingraft.config.checking import check_block
from lingraft.config.merging_back import MergeBack
from lingraft.config.optimization import Fraction, Optimization
from lingraft.config.training_stages import FilledStage, Layers, Shield, Stage, Trained

Objective = Literal["masked", "causal"]  # what the head of a model predicts
TrainingObjective = Literal["masked", "causal", "retromae", "dupmae"]


# What a recipe of these objectives has where it says nothing (Xiao and Liu 2022).
_RETROMAE = {
    "masking": {"probability": 0.3, "whole_words": True},
    "decoder_mask": 0.5,
    "packing": "documents",
}
REBUILDING: dict[TrainingObjective, dict[str, Any]] = {
    "retromae": _RETROMAE,
    "dupmae": {**_RETROMAE, "bag_of_words_weight": 0.1},
}

# Their architectures, by the `model_type` of config.json: those with a table of absolute positions,
# because a decoder asks for the token at a position.
REBUILDERS = frozenset({"bert", "camembert", "distilbert", "roberta", "xlm-roberta"})

RECUTTING = ("stochastok", "bpe_dropout", "subword_sampling")  # cut the words of the text otherwise

KEPT_CHECKPOINTS = 2  # of each training, in state/: the newest, and the one before it


class Masking(Block):
    """Masked language modeling (Devlin et al. 2019)."""

    probability: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.15
    """Share of the tokens that are predicted (0.15 is BERT's); every row has exactly this share,
    rounded."""

    mask_share: Fraction = 0.8
    """Share of the predicted tokens that are replaced by the mask token."""

    random_share: Fraction = 0.1
    """Share of the predicted tokens that are replaced by a random token; the rest stay."""

    whole_words: bool = False
    """Choose whole words instead of single tokens."""

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        if self.mask_share + self.random_share > 1.0:
            raise ValueError("mask_share and random_share together exceed 1")
        return self


class EarlyStopping(Block):
    """Stop when the held-out loss no longer falls; the best weights are kept."""

    patience: PositiveInt = 5
    """Evaluations without improvement before training stops."""

    minimum_improvement: Annotated[float, Field(ge=0.0)] = 0.0
    """Smallest decrease in nats that counts as an improvement."""


class Pretraining(Optimization):
    """A recipe of continued pretraining."""

    objective: TrainingObjective | None = None
    """`masked` language modeling for encoders, `causal` for decoders. Unset: the one of these for
    which the model is made; a program that trains knows the model. For encoders whose first
    token shall stand for a text in retrieval: `retromae` (one more layer rebuilds the text from
    that token's vector; Xiao et al. 2022) and `dupmae` (which also predicts the text's bag of words
    from the other tokens; Liu et al. 2022). Both export a plain masked model."""

    steps: PositiveInt | None = None
    """Optimizer steps; either this or `stages`."""

    stages: tuple[Stage, ...] = ()
    """Stages that follow one another, e.g. embeddings only and then everything."""

    train: Trained = "all"
    """What is trained if there are no stages."""

    layers: Layers | None = None
    """Which transformer layers are trained if there are no stages. Unset: all."""

    shield: Shield | None = None
    """Which columns stay as they are if there are no stages. Unset: none."""

    untie: bool | None = None
    """Give the head a matrix of its own, equal to the embeddings at first, if it shares theirs; the
    model grows by it. Unset: no."""

    adapter: Adapter | None = None
    """Train low-rank updates (LoRA) of the body instead of its weights. Unset: train the
    weights."""

    sequence_length: Annotated[int, Field(ge=8)] = 512
    """Tokens per row, special tokens included; at most the positions of the model."""

    batch_size: PositiveInt = 256
    """Rows per optimizer step over all processes; gradient accumulation is computed from it."""

    masking: Masking = Masking()
    """What is predicted in masked language modeling. With `retromae` and `dupmae` the probability
    is 0.3, of whole words, where nothing else is set."""

    future_tokens: PositiveInt | None = None
    """`causal`: how many tokens after the next one each place predicts too, by heads that begin as
    copies of the model's own and are not in the result (Gloeckle et al. 2024). Unset: none."""

    decoder_mask: Fraction | None = None
    """`retromae` and `dupmae`: share of the other tokens that are hidden from the decoder when it
    rebuilds a token; drawn anew for each token. Unset: 0.5."""

    bag_of_words_weight: PositiveFloat | None = None
    """`dupmae`: weight of the loss on the bag of words. Unset: 0.1."""

    packing: Literal["concatenate", "best-fit", "documents"] = "concatenate"
    """`concatenate`: documents in a row, cut at every row's end; `best-fit`: whole documents,
    padded, only those longer than a row are cut; `documents`: every document in rows of its own,
    padded, which `retromae` and `dupmae` take where nothing else is set."""

    attend_across_documents: bool = True
    """Whether a token can attend to the other documents of its row."""

    stochastok: Annotated[float, Field(ge=0.0)] = 0.0
    """Random splits of tokens into two, per token of text (Sims et al. 2025; their value: 0.1)."""

    bpe_dropout: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    """Instead, for tokenizers with merges (BPE): words are cut anew, and each merge is left out
    with this probability (Provilkov et al. 2020; their value: 0.1). Unset: never."""

    subword_sampling: Annotated[float, Field(ge=0.0)] | None = None
    """Instead, for Unigram tokenizers: words are cut anew, each segmentation in proportion to its
    probability to this power (Kudo 2018; 0.1 to 0.5 in the paper). Unset: always the best one."""

    sampling_exponent: Fraction = 0.3
    """With several corpora: each is drawn in proportion to its number of tokens to this power. 1 is
    proportional, 0 draws all alike; 0.3 is XLM-R's."""

    corpus_weights: dict[Name, PositiveFloat] = Field(default_factory=dict)
    """Weights of the corpora by name, instead of `sampling_exponent`."""

    evaluate_every: PositiveInt | None = None
    """Steps between evaluations on held-out text (also at step 0 and at the end), of the documents
    that `evaluation.language_model` chooses. Unset: ten evaluations in a run."""

    evaluate_elsewhere: Literal[False] | None = None
    """`false`: text that the models are not trained on is scored when they are finished, not in the
    course of training too. It changes no model. Unset: in the course of training too."""

    early_stopping: EarlyStopping | None = None
    """Stop when the held-out loss no longer falls. Unset: never."""

    merge: MergeBack | None = None
    """Mix the trained model with its source, for models that can chat. It changes the result alone:
    trainings that differ in it share their checkpoints. Unset: the result is as it was trained."""

    skip_spikes: bool = False
    """Skip updates whose loss is far above that of the last 128 steps (6 robust deviations)."""

    @model_validator(mode="before")
    @classmethod
    def _name_the_successor(cls, content: Any) -> Any:
        if isinstance(content, dict) and "evaluation_rows" in content:
            raise ValueError(
                "evaluation_rows is no longer a key: trainings are evaluated on the documents of "
                "evaluation.language_model; set `documents` there and delete this key"
            )
        return content

    @model_validator(mode="before")
    @classmethod
    def _as_the_objective_has_it(cls, content: Any) -> Any:
        """Fill in what an objective has where the recipe says nothing."""
        given = content if isinstance(content, dict) else {}
        named = given.get("objective")
        if named not in REBUILDING:
            return content
        filled = REBUILDING[named]
        masking = given.get("masking", {})
        if isinstance(masking, dict):
            masking = filled["masking"] | masking
        return {**filled, **given, "masking": masking}

    @model_validator(mode="after")
    def _steps_or_stages(self) -> Self:
        # Equal if both are given, or neither.
        if (self.steps is None) == (not self.stages):
            raise ValueError("give either `steps` or `stages`")
        return self

    @model_validator(mode="after")
    def _nothing_is_ignored(self) -> Self:
        """What is set must have an effect."""
        # Each value is False, or the reason why the key has no effect: `and` returns its last
        # operand.
        taught = not (self.reads_text or self.rebuilds) and "needs a stage without distillation"
        idle = {
            # A stage with distillation has rows and losses of its own.
            **dict.fromkeys(("packing", *RECUTTING, "corpus_weights"), taught),
            "masking": (self.objective == "causal" and "needs objective: masked") or taught,
            "decoder_mask": not self.rebuilds and "needs objective: retromae or dupmae",
            "bag_of_words_weight": self.objective != "dupmae" and "needs objective: dupmae",
            "attend_across_documents": (
                not self.attend_across_documents
                and self.packing == "documents"
                and "needs several documents in a row"
            )
            or taught,
            "sampling_exponent": (bool(self.corpus_weights) and "yields to corpus_weights")
            or taught,
            "train": bool(self.stages) and "is set in each of the stages",
            "layers": bool(self.stages) and "is set in each of the stages",
            "shield": bool(self.stages) and "is set in each of the stages",
            "future_tokens": (self.objective not in ("causal", None) and "needs objective: causal")
            or taught,
            "adapter": all(stage.train not in ("all", "body") for stage in self.all_stages)
            and "needs a stage with train: all or body",
        }
        for name, reason in idle.items():
            if reason and name in self.model_fields_set and getattr(self, name) is not None:
                raise ValueError(f"{name} would have no effect here: it {reason}")
        return self

    @model_validator(mode="after")
    def _words_are_cut_in_one_way(self) -> Self:
        ways = [name for name in RECUTTING[1:] if getattr(self, name) is not None]
        if self.stochastok:
            ways.insert(0, "stochastok")
        if len(ways) > 1:
            raise ValueError(f"{' and '.join(ways)} each cut words anew; keep one of them")
        return self

    @model_validator(mode="after")
    def _rates_have_effect(self) -> Self:
        """A stage that trains nothing else goes by the rate of the embeddings."""
        for stage in self.stages:
            if (
                stage.train in ("embeddings", "new-rows")
                and stage.learning_rate is not None
                and (stage.embedding_learning_rate or self.embedding_learning_rate) is not None
            ):
                raise ValueError(
                    f"learning_rate of a stage with train: {stage.train} would have no effect here:"
                    " it yields to embedding_learning_rate; write that in the stage"
                )
        return self

    @model_validator(mode="after")
    def _a_row_is_one_text(self) -> Self:
        """One vector stands for a row, so the row is one text and its first token sees it all."""
        if self.rebuilds and (self.packing == "best-fit" or not self.attend_across_documents):
            key = "packing: best-fit" if self.packing == "best-fit" else "attend_across_documents"
            raise ValueError(
                f"{key} does not fit objective: {self.objective}, whose rows are one text each; "
                "write packing: documents"
            )
        return self

    @model_validator(mode="after")
    def _teachers_fit(self) -> Self:
        """What is distilled must be what the model predicts."""
        for stage in self.stages:
            if (taught := stage.distillation) is None:
                continue
            if self.rebuilds:
                raise ValueError(
                    f"a stage with distillation does not fit objective: {self.objective}; write "
                    f"objective: {self.predicts}"
                )
            if "head" in taught.losses and self.untie:
                raise ValueError("losses: head would have no effect here: it needs untie: false")
            if taught.predicting and self.objective not in (None, "causal"):
                raise ValueError(f"losses: {min(taught.predicting)} needs objective: causal")
        return self

    @model_validator(mode="after")
    def _shields_fit(self) -> Self:
        """What is shielded must be trained."""
        if self.adapter is not None and self.shields:
            raise ValueError("adapter leaves every column as it is; delete `shield`, or `adapter`")
        return self

    @property
    def shields(self) -> list[Name]:
        """The corpora that shields name, each once."""
        found = (stage.shield for stage in self.all_stages if stage.shield is not None)
        return list(dict.fromkeys(shield.corpus for shield in found))

    @property
    def distills(self) -> bool:
        """Whether a stage learns from the source model."""
        return any(stage.distillation is not None for stage in self.stages)

    @property
    def reads_text(self) -> bool:
        """Whether a stage learns from the text alone."""
        return not self.stages or any(stage.distillation is None for stage in self.stages)

    @property
    def predicts(self) -> Objective:
        """What the head of the trained model predicts; `masked` while the model is unknown."""
        return "causal" if self.objective == "causal" else "masked"

    def of_model(self, objective: Objective) -> Self:
        """This recipe for a model; its objective is the model's where the recipe names none.

        Args:
            objective: what the model predicts.

        Raises:
            ConfigError: an option has no effect with that objective; the message names it.
        """
        if self.objective is not None:
            return self
        given = self.model_dump(mode="json", exclude_unset=True)
        return check_block(type(self), given | {"objective": objective}, "the recipe")

    @property
    def rebuilds(self) -> bool:
        """Whether a decoder rebuilds each row from its first token (RetroMAE, DupMAE)."""
        return self.objective in REBUILDING

    @property
    def all_stages(self) -> tuple[FilledStage, ...]:
        """The stages with every value filled in."""
        stages = self.stages or (
            Stage(steps=self.steps or 1, train=self.train, layers=self.layers, shield=self.shield),
        )
        shared = (
            "sequence_length", "batch_size", "learning_rate", "embedding_learning_rate", "epsilon"
        )  # fmt: skip
        return tuple(
            FilledStage(
                **dict(stage)
                # `or` takes the value of the recipe where the stage has None.
                | {name: getattr(stage, name) or getattr(self, name) for name in shared}
            )
            for stage in stages
        )

    @property
    def total_steps(self) -> int:
        """Optimizer steps of the whole run."""
        return sum(stage.steps for stage in self.all_stages)

    @property
    def evaluation_interval(self) -> int:
        """Steps between evaluations."""
        return self.evaluate_every or max(1, self.total_steps // 10)
