"""The arithmetic of the forward passes that measure a model, as the configuration has it."""

from typing import Literal

Precision = Literal["fp32", "bf16", "fast"]
