"""How parallel text is aligned: settings that several methods share. Light to import."""

from pathlib import Path
from typing import Literal

from pydantic import PositiveInt

from lingraft.config.base import Block

Symmetrization = Literal["source-picks-target", "target-picks-source", "geometric-mean"]


class WordAlignment(Block):
    """How tokens of parallel sentences are aligned and counted (IBM Model 1, no empty word)."""

    symmetrization: Symmetrization = "source-picks-target"
    """Whose choice is counted. `source-picks-target`: each source token picks target tokens;
    `target-picks-source`: the reverse; `geometric-mean`: of both probabilities."""
    iterations: PositiveInt = 6
    """Iterations of expectation maximization; docs/ablation.md compares 1 to 12."""
    maximum_tokens: PositiveInt = 40
    """Sentences are cut at this many tokens; longer ones say little about single tokens."""
    sets_of_tokens: bool = True
    """Count a token once in a sentence however often it occurs there."""
    links: Path | None = None
    """Use this alignment instead: fast_align's or eflomal's output (`0-0 1-2 ...`, positions of
    tokens) for exactly the given parallel text, tokenized by the two tokenizers."""
