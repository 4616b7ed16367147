"""Which tokens of a source a generator learns from, and which are held out.

Shapes: S source rows, N training tokens, M held-out tokens.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from lingraft.errors import InputError
from lingraft.initialization.request import Request
from lingraft.numeric.arrays import Int64

_FEWEST = 2  # training tokens, and held-out ones


@dataclass(frozen=True, eq=False)
class TokenSplit:
    """Source rows, rising."""

    training_N: Int64
    held_out_M: Int64


def split_tokens_of(
    request: Request, known_N: Int64, share: float, seed: int, characters: int = 2
) -> TokenSplit:
    """Hold out a share of the tokens: a token's own string decides, so that ids do not.

    Args:
        request: the source.
        known_N: source rows of which the generator knows something.
        share: of them that is held out.
        seed: of the choice.
        characters: shorter tokens are neither held out nor learned: single characters are what
            everything is cut into in the end.

    Raises:
        InputError: there are too few tokens.
    """
    source = request.source
    has_row_S = request.candidates_S
    kept = [
        row
        for row in known_N.tolist()
        if row < request.columns and has_row_S[row] and len(source.texts[row]) >= characters
    ]
    is_held_out = np.array([_number(source.tokens[row], seed) < share for row in kept], bool)
    rows = np.array(kept, np.int64)
    split = TokenSplit(rows[~is_held_out], rows[is_held_out])
    if min(len(split.training_N), len(split.held_out_M)) < _FEWEST:
        raise InputError(
            f"a generator learns from tokens of the source model, and only {len(rows)} of them can "
            "be described; give it vectors with more of its words, or another `held_out`"
        )
    return split


def _number(token: str, seed: int) -> float:
    """Between 0 and 1, from the token and the seed alone."""
    digest = hashlib.blake2b(
        token.encode("utf-8", "surrogatepass"), digest_size=8, key=str(seed).encode()
    )
    return int.from_bytes(digest.digest(), "little") / 2**64
