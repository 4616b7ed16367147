"""Methods that compose a token from the pieces that the source tokenizer splits it into."""

from typing import Literal

from pydantic import Field

from lingraft.config.initialization.common import Method


class Fvt(Method):
    """FVT (Gee et al., 2022) and relatives: copy the overlap, the mean of the pieces elsewhere."""

    method: Literal["fvt"] = "fvt"
    piece_weights: Literal["equal", "length", "first", "last"] = "equal"
    """How pieces count: equally (FVT), by their number of characters (WVT), or only the first or
    the last one."""
    descriptions: dict[str, str] = Field(default_factory=dict)
    """Token -> text to take the pieces from instead of the token's own, for added special tokens
    (`<svg_path>: an outline made of curves`)."""


class Lexical(Method):
    """The lexical baselines of ZeTT (Minixhofer et al., 2024), which use strings only."""

    method: Literal["lexical"] = "lexical"
    pieces: Literal["none", "all-known", "any-known"] = "none"
    """Tokens that the source lacks: leave them to `fill`; combine their pieces if all of them have
    a row (`fvt` in the authors' code); combine the pieces that have one (`bfvt`)."""
    fill: Literal["normal", "mean", "covariance", "unknown", "zero"] = "unknown"
    """Rows about which nothing is known; the authors' choices are `unknown` and `normal`."""
