"""Pseudo-perplexity (Salazar et al. 2020): each token is predicted once, alone behind a mask."""

import math
from collections.abc import Sequence
from typing import Any

from lingraft.models.rows import longest_input
from lingraft.models.scoring.losses import window_losses
from lingraft.models.scoring.windows import IGNORED, LossWindow, masked_pieces


def pseudo_perplexity(
    model: Any, tokenizer: Any, texts: Sequence[str], length: int
) -> float | None:
    """Exp of the mean loss of a masked model when each token is masked once; None without tokens.

    Args:
        model: a masked model with its head, in evaluation mode.
        tokenizer: the model's tokenizer.
        texts: the texts; each of their tokens costs a row of a forward pass.
        length: tokens of a window; the model's own limit applies besides.
    """
    windows = []
    length = min(length, longest_input(model, tokenizer))
    for i, pieces in enumerate(masked_pieces(tokenizer, texts, length)):
        for ids, special in pieces:
            for t in (t for t, s in enumerate(special) if not s):
                labels = [IGNORED] * len(ids)
                labels[t] = ids[t]
                inputs = [*ids[:t], tokenizer.mask_token_id, *ids[t + 1 :]]
                windows.append(LossWindow(i, inputs, labels))
    if not windows:
        return None
    losses_W = window_losses(model, windows, tokenizer.pad_token_id or 0)
    return math.exp(min(float(losses_W.mean()), 700))
