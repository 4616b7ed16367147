"""Low-rank updates that are trained instead of the weights."""

from typing import Annotated

from pydantic import Field, PositiveFloat, PositiveInt

from lingraft.config.base import Block


class Adapter(Block):
    """Low-rank updates beside a frozen body (LoRA, Hu et al. 2022), for models too large to train
    whole. What lies outside the body, embeddings above all, is trained in full; the exported
    model has the updates merged into its own weights."""

    rank: PositiveInt = 16
    """Rank of the update of each layer: more can learn more, and trains more weights."""

    alpha: PositiveFloat = 32.0
    """The update is scaled by alpha / rank."""

    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Dropout before the update."""

    targets: tuple[str, ...] = ()
    """Names of the linear layers that get one, e.g. `[q_proj, v_proj]`; by default all of the
    body."""
