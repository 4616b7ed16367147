"""Texts in a sampled vocabulary as windows of a model, and the rows of its special tokens.

Special tokens keep the source's rows. They stand first, and the pieces behind them; but the padding
token keeps its id where there are rows enough, because some architectures know padding by it.

Shapes: V rows, N pieces.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Self

import numpy as np

from lingraft.errors import InputError
from lingraft.models.objective import is_causal
from lingraft.models.rows import longest_input
from lingraft.models.scoring.settings import HeldOutMeasure
from lingraft.models.scoring.windows import LossWindow, causal_windows, masked_windows
from lingraft.numeric.arrays import Int64
from lingraft.tokenizers.separators import prefix_id, surroundings

_SHARE = HeldOutMeasure().mask_probability


@dataclass(frozen=True)
class SpecialRows:
    """What a model reads besides pieces, by the source's ids."""

    before: tuple[int, ...]
    """In front of a window; of a causal model the token that predicts the first one."""
    after: tuple[int, ...]
    mask: int | None
    """None: the model is causal."""
    pad: int
    longest: int
    """Tokens of a window that the model reads at most."""

    @classmethod
    def of(cls, model: Any, tokenizer: Any) -> Self:
        """Those of a model.

        Raises:
            InputError: a masked model has no mask token.
        """
        longest = longest_input(model, tokenizer)
        if is_causal(model.config):
            prefix = prefix_id(tokenizer)
            pad = tokenizer.pad_token_id
            return cls((prefix,), (), None, prefix if pad is None else pad, longest)
        before, after = surroundings(tokenizer)
        if tokenizer.mask_token_id is None:
            raise InputError("the source model predicts masked tokens, and has no mask token")
        return cls(before, after, tokenizer.mask_token_id, tokenizer.pad_token_id or 0, longest)

    def order(self, pieces: int) -> list[int]:
        """The special tokens that so many pieces stand around; the places of pieces are -1."""
        others = [*self.before, *self.after, *([] if self.mask is None else [self.mask])]
        found = [*dict.fromkeys(token for token in others if token != self.pad), *([-1] * pieces)]
        found.insert(self.pad, self.pad)
        return found

    def rows(self, rows_N: Sequence[int]) -> Int64:
        """The source row of each place (V,).

        Args:
            rows_N: of the pieces.
        """
        order_V = np.array(self.order(len(rows_N)), np.int64)
        order_V[order_V < 0] = rows_N
        return order_V

    def places(self, pieces: int) -> Int64:
        """Where the pieces stand (N,)."""
        return np.flatnonzero(np.array(self.order(pieces)) < 0)


def windows_of(
    ids: Sequence[Sequence[int]], special: SpecialRows, pieces: int, length: int, seed: int
) -> list[LossWindow]:
    """Texts one after the other, cut into windows that have something to predict.

    Args:
        ids: numbers of the pieces of each text.
        special: what stands around them.
        pieces: of the vocabulary (N).
        length: tokens of a window.
        seed: of the masks.
    """
    order = special.order(pieces)
    places_N = special.places(pieces)
    stream = places_N[list(chain.from_iterable(ids))].tolist()
    length = min(length, special.longest)
    if special.mask is None:
        return causal_windows(0, stream, order.index(special.before[0]), length)
    before = [order.index(token) for token in special.before]
    after = [order.index(token) for token in special.after]
    room = max(1, length - len(before) - len(after))
    chunks = [stream[first : first + room] for first in range(0, len(stream), room)]
    cut = [
        (before + chunk + after, [1] * len(before) + [0] * len(chunk) + [1] * len(after))
        for chunk in chunks
    ]
    windows = masked_windows(
        0, cut, "lesson", mask_probability=_SHARE, seed=seed,
        mask_id=order.index(special.mask), vocabulary=len(order),
    )  # fmt: skip
    return [window for window in windows if window.predictions]
