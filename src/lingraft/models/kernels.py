"""Whether a device runs kernels that are compiled as the program runs."""

import functools
import importlib.util
import logging
import os
import shutil

import torch

logger = logging.getLogger(__name__)


def runs_kernels(device: torch.device) -> bool:
    """Whether Triton compiles for this device: a CUDA device, Triton, and a C compiler.

    Args:
        device: a GPU or the processor.
    """
    return device.type == "cuda" and _has_triton()


@functools.cache
def _has_triton() -> bool:
    if importlib.util.find_spec("triton") is None:
        return False
    # Triton compiles what starts its kernels with this machine's own compiler.
    names = [os.environ.get("CC") or "gcc", "clang"]
    found = any(shutil.which(name) for name in names)
    if not found:
        logger.warning("no C compiler (gcc or clang) is installed: training on the GPU is slower")
    return found
