"""How the machine runs a stage, and DeepSpeed's configuration for it."""

from dataclasses import dataclass
from typing import Any

from lingraft.config.pretraining import Pretraining
from lingraft.config.training_stages import FilledStage


@dataclass(frozen=True)
class Layout:
    """How the machine runs a stage; changes rounding at most, never the data."""

    zero_stage: int
    precision: str  # fp32, bf16, fp16
    micro_batch: int
    accumulation: int
    activation_checkpointing: bool = False
    compile: bool = False


def observes_layers(stage: FilledStage, activation_checkpointing: bool) -> bool:
    """Whether a loss reads what is inside layers, or they run twice to save memory."""
    return activation_checkpointing or stage.distillation is not None


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
        "zero_optimization": {"stage": layout.zero_stage, **_gathering(layout, processes)},
        "zero_allow_untested_optimizer": True,
        # In effect never: the log has lines of its own.
        "steps_per_print": 10**9,
    }


def _gathering(layout: Layout, processes: int) -> dict[str, Any]:
    """When ZeRO 3 gathers and releases weights."""
    if layout.zero_stage != 3:
        return {}
    # One process has all weights anyway: gathered ones are the same memory. DeepSpeed would wait
    # for the GPU at each module to "gather" them.
    alone = {"stage3_param_persistence_threshold": 10**15} if processes == 1 else {}
    # DeepSpeed's own linear layers keep no view of a weight that is released meanwhile. Compiled
    # ones keep none either, and they cannot be compiled.
    return {**alone, "memory_efficient_linear": processes > 1 and not layout.compile}
