"""Whether a training's checkpoints and its result will fit on the disk, asked before it starts."""

import shutil
from pathlib import Path
from typing import Any

from lingraft.config.pretraining import KEPT_CHECKPOINTS, Pretraining
from lingraft.errors import LingraftError
from lingraft.models.lora import adapter_parameters
from lingraft.training.selection import added_parameters, select, trainable

_BYTES = 4  # fp32


def require_space(model: Any, recipe: Pretraining, state: Path, output: Path) -> None:
    """Refuse to start a training whose state or result cannot be saved.

    Args:
        model: what is trained, with adapter and decoder, not yet sharded.
        recipe: which parts of it are trained, and whether a best checkpoint is kept.
        state: where the checkpoints go; what is there already counts as space to reuse.
        output: where the finished model goes.

    Raises:
        LingraftError: there is too little space.
    """
    # One is written before one is deleted.
    kept = KEPT_CHECKPOINTS + 1 + (recipe.early_stopping is not None)
    checkpoint = checkpoint_bytes(model, recipe)
    needs = [max(0, kept * checkpoint - _size(state)), _export_bytes(model)]
    if _device(state) == _device(output):
        # On one disk both must fit together. `zip` then compares this one number with the first
        # folder.
        needs = [sum(needs)]
    for folder, need in zip((state, output), needs, strict=False):
        free = shutil.disk_usage(_existing(folder)).free
        if need > free:
            raise LingraftError(
                f"{folder} has {_gigabytes(free)} of free space, but {_gigabytes(need)} are needed "
                f"({kept} checkpoints of {_gigabytes(checkpoint)}, and the finished model of "
                f"{_gigabytes(_export_bytes(model))}); free some space, or name another folder"
            )


def checkpoint_bytes(model: Any, recipe: Pretraining) -> int:
    """Size of a checkpoint: what any stage trains, and two moments of what one stage trains."""
    sizes = {name: int(parameter.numel()) for name, parameter in model.named_parameters()}
    weights = sum(sizes[name] for name in trainable(model, recipe))
    trained = (select(model, stage) for stage in recipe.all_stages)
    moments = 2 * max(sum(sizes[name] for name in names) for names in trained)
    return _BYTES * (weights + moments)


def _export_bytes(model: Any) -> int:
    added = adapter_parameters(model) | added_parameters(model)
    return _BYTES * sum(int(p.numel()) for p in model.parameters() if id(p) not in added)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("step-*/*.safetensors"))


def _existing(folder: Path) -> Path:
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())


def _device(folder: Path) -> int:
    return _existing(folder).stat().st_dev


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.3g} GB"
