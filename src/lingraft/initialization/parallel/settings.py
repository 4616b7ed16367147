"""How parallel text is aligned: settings that several methods share. Light to import."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveInt, model_validator

from lingraft.config.base import Block

Symmetrization = Literal["source-picks-target", "target-picks-source", "geometric-mean"]
Estimate = Literal["likelihood", "posterior", "variational"]


class WordAlignment(Block):
    """How tokens of parallel sentences are aligned and counted (IBM Model 1)."""

    symmetrization: Symmetrization = "source-picks-target"
    """Whose choice is counted. `source-picks-target`: each source token picks target tokens;
    `target-picks-source`: the reverse; `geometric-mean`: of both probabilities."""
    estimate: Estimate = "likelihood"
    """How probabilities follow from expected counts. `likelihood`: the maximum of the likelihood,
    without a prior; `posterior`: the mode under a Dirichlet prior (A observations with the
    frequencies of the tokens); `variational`: variational Bayes with the same prior (Riley and
    Gildea 2012)."""
    prior: NonNegativeFloat | None = None
    """A, the strength of the prior in observations. Unset: the best of several for sentence pairs
    that are held out from the alignment. With `estimate: likelihood` there is none."""
    empty_word: float = Field(default=0.0, ge=0, lt=1)
    """Probability that a token has no counterpart: the empty word picks it (fast_align: 0.08)."""
    iterations: PositiveInt | None = 6
    """Iterations of expectation maximization (docs/ablation.md compares 1 to 12); null: the best
    number for held-out sentence pairs, at most 10."""
    maximum_tokens: PositiveInt = 40
    """Sentences are cut at this many tokens; longer ones say little about single tokens."""
    sets_of_tokens: bool = True
    """Count a token once in a sentence however often it occurs there."""
    links: Path | None = None
    """Use this alignment instead: fast_align's or eflomal's output (`0-0 1-2 ...`, positions of
    tokens) for exactly the given parallel text, tokenized by the two tokenizers."""

    @model_validator(mode="after")
    def _check_prior(self) -> Self:
        if self.prior is not None and self.estimate == "likelihood":
            raise ValueError(
                "prior has no effect with estimate: likelihood; write estimate: posterior (or "
                "variational), or unset prior"
            )
        return self

    @property
    def is_chosen(self) -> bool:
        """Whether held-out sentence pairs decide something."""
        return self.iterations is None or (self.prior is None and self.estimate != "likelihood")
