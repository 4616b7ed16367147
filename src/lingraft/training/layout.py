"""How the machine runs a stage, and DeepSpeed's configuration for it."""

from dataclasses import dataclass
from typing import Any

from lingraft.config.pretraining import Pretraining


@dataclass(frozen=True)
class Layout:
    """How the machine runs a stage; changes rounding at most, never the data."""

    zero_stage: int
    precision: str  # fp32, bf16, fp16
    micro_batch: int
    accumulation: int
    activation_checkpointing: bool = False
    compile: bool = False


def deepspeed_config(recipe: Pretraining, layout: Layout, processes: int) -> dict[str, Any]:
    """The configuration of DeepSpeed for a stage.

    Args:
        recipe: for the clipping of gradients.
        layout: ZeRO stage, precision and rows of a forward pass.
        processes: how many train together.
    """
    return {
        "train_micro_batch_size_per_gpu": layout.micro_batch,
        "gradient_accumulation_steps": layout.accumulation,
        "train_batch_size": layout.micro_batch * layout.accumulation * processes,
        # Without ZeRO `Engine._clip` clips, and DeepSpeed must not clip again.
        "gradient_clipping": recipe.gradient_clipping if layout.zero_stage else 0.0,
        # Without ZeRO the bf16 weights and the fp32 weights behind them are `MasterWeights`.
        "bf16": {"enabled": layout.precision == "bf16" and layout.zero_stage > 0},
        "fp16": {"enabled": layout.precision == "fp16"},
        "zero_optimization": {"stage": layout.zero_stage},
        "zero_allow_untested_optimizer": True,
        # In effect never: the log has lines of its own.
        "steps_per_print": 10**9,
    }
