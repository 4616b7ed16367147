"""How an optimizer moves weights, of every training."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from lingraft.config.base import Block

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Beta = Annotated[float, Field(ge=0.0, lt=1.0)]


class Optimization(Block):
    """AdamW (Loshchilov and Hutter 2019) and the course of its learning rate."""

    learning_rate: PositiveFloat = 1e-4
    """Peak learning rate."""

    embedding_learning_rate: PositiveFloat | None = None
    """Peak learning rate of token embeddings and output layer. Unset: `learning_rate`."""

    schedule: Literal["linear", "cosine", "wsd", "constant"] = "linear"
    """Course of the learning rate after the warm-up; `wsd`: constant, then a linear decay at the
    end."""

    warmup: Fraction = 0.1
    """Share of a stage's steps in which the learning rate rises from zero."""

    decay: Fraction = 0.1
    """Share of a stage's steps in which `wsd` decays."""

    final_learning_rate: Fraction = 0.0
    """Learning rate at the end of the schedule, as a share of the peak."""

    weight_decay: Annotated[float, Field(ge=0.0)] = 0.01
    """Decoupled weight decay of matrices; biases and norms have none."""

    beta1: Beta = 0.9
    """AdamW's decay of the first moment."""

    beta2: Beta = 0.999
    """AdamW's decay of the second moment."""

    epsilon: PositiveFloat = 1e-8
    """AdamW's epsilon."""

    gradient_clipping: Annotated[float, Field(ge=0.0)] = 1.0
    """Largest norm of the gradient; 0: no clipping."""

    precision: Literal["auto", "fast", "fp32", "bf16", "fp16"] = "auto"
    """Arithmetic; `auto`: bf16 on GPUs that have it, fp32 elsewhere; `fast`: bf16 also on
    processors that have it (AVX512-BF16, AMX). Weights of the optimizer and of the result are fp32
    in any case."""

    dropout: Literal[False] | None = None
    """`false`: nothing is dropped in training, which suits trainings that see their text once or a
    few times, and saves time. Unset: what the model's configuration says."""

    @model_validator(mode="after")
    def _schedule_has_effect(self) -> Self:
        if "decay" in self.model_fields_set and self.schedule != "wsd":
            raise ValueError("decay would have no effect here: it needs schedule: wsd")
        if "final_learning_rate" in self.model_fields_set and self.schedule == "constant":
            raise ValueError(
                "final_learning_rate would have no effect here: it needs a schedule that falls"
            )
        return self
