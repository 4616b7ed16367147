"""Methods that count in parallel text which source tokens a target token translates."""

from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveInt, model_validator

from lingraft.config.base import Block
from lingraft.config.initialization.common import Evidence, Method


class WordAlignment(Block):
    """How tokens of parallel sentences are aligned and counted (IBM Model 1, no empty word)."""

    symmetrization: Literal["source-picks-target", "target-picks-source", "geometric-mean"] = (
        "source-picks-target"
    )
    """Whose choice is counted: each source token picks target tokens, each target token picks
    source tokens, or the geometric mean of both probabilities."""
    iterations: PositiveInt = 6
    """Iterations of expectation maximization."""
    maximum_tokens: PositiveInt = 40
    """Sentences are cut at this many tokens; longer ones say little about single tokens."""
    sets_of_tokens: bool = True
    """Count a token once in a sentence however often it occurs there."""
    links: Path | None = None
    """Use this alignment instead: fast_align's or eflomal's output (`0-0 1-2 ...`, positions of
    tokens) for exactly the given parallel text, tokenized by the two tokenizers."""


class TransTokenization(Method):
    """Trans-Tokenization (Remy et al., 2024): translation counts of tokens, normalized."""

    method: Literal["trans-tokenization"] = "trans-tokenization"
    alignment: WordAlignment = Field(default_factory=WordAlignment)
    """The alignment of the parallel text; unset with `mode: reference`: as fast_align counts."""
    minimum_count: NonNegativeFloat | None = None
    """Drop pairs of tokens (with `mode: reference` of words) that are counted less often. Unset:
    keep all; with `mode: reference` 10, as the authors do on tens of millions of sentences."""
    minimum_share: float = Field(default=0.02, ge=0, lt=1)
    """Drop counts below this share of the largest one of the same target token."""
    same_string_count: NonNegativeFloat = 0.0
    """Added to the count of a source token of the same string; the authors' code adds 1."""
    smoothing: Literal["none", "contained"] = "none"
    """Tokens without a count: leave them to `fill`, or combine the rows of the tokens that begin
    with them or that they contain (the authors' rule)."""

    own_in_reference: ClassVar[frozenset[str]] = frozenset(
        {"fill", "minimum_share", "same_string_count", "smoothing"}
    )

    @model_validator(mode="after")
    def _check_links(self) -> Self:
        if self.mode == "reference" and self.alignment.links is not None:
            raise ValueError(
                "alignment.links has positions of tokens, but mode: reference aligns words; "
                "unset one of the two"
            )
        return self

    @property
    def takes(self) -> frozenset[Evidence]:
        """Aligned texts."""
        return frozenset({"parallel"})


class Ramen(Method):
    """RAMEN (Tran, 2020): translation probabilities from parallel text or word vectors."""

    method: Literal["ramen"] = "ramen"
    evidence: Literal["parallel", "vectors"] = "parallel"
    """Count in parallel text, or take the sparsemax of cosines in aligned word vectors."""
    alignment: WordAlignment = Field(
        default_factory=lambda: WordAlignment(symmetrization="geometric-mean", sets_of_tokens=False)
    )
    """The alignment of the parallel text; the paper symmetrizes both directions of fast_align."""
    maximum_words: PositiveInt = 50_000
    """With vectors: words of each language that token vectors are averaged from, by 1/rank."""
    bias: Literal["auto", "zero", "combine", "copy", "unigram"] = "combine"
    """The head's bias; RAMEN combines it by the same weights as the rows."""

    own_in_reference: ClassVar[frozenset[str]] = frozenset({"fill"})

    @property
    def takes(self) -> frozenset[Evidence]:
        """Aligned texts, or word vectors of both languages in one space."""
        return frozenset({self.evidence})
