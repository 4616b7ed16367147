"""Which of several answers a causal model gives the highest probability.

Shapes: Q questions, O options of each.
"""

import math
from array import array
from collections.abc import Sequence
from typing import Any

from lingraft.errors import InputError
from lingraft.models.rows import longest_input
from lingraft.models.scoring.losses import window_losses
from lingraft.models.scoring.windows import IGNORED, LossWindow
from lingraft.numeric.arrays import Float64
from lingraft.tokenizers.separators import prefix_id

Asked = tuple[str, str]  # the text before an answer, and the answer


def answer_windows(
    model: Any, tokenizer: Any, asked: Sequence[Asked], prefix: str | None
) -> list[LossWindow]:
    """Questions with an answer as rows in which the answer alone is predicted.

    Args:
        model: a causal model; its weights change nothing here.
        tokenizer: its tokenizer, a fast one.
        asked: questions with an answer each.
        prefix: what the model reads before a text; None for what it reads in training.

    Raises:
        InputError: a row is longer than the model reads.
    """
    first = prefix_id(tokenizer, prefix)
    encoded = tokenizer(
        [before + answer for before, answer in asked],
        add_special_tokens=False,
        return_offsets_mapping=True,
    )
    windows = []
    rows = zip(asked, encoded["input_ids"], encoded["offset_mapping"], strict=True)
    for number, ((before, _), ids, spans) in enumerate(rows):
        # The space before an answer is part of the answer's first token in most vocabularies.
        begin = len(before.rstrip())
        labels = [
            index if end > begin else IGNORED for index, (_, end) in zip(ids, spans, strict=True)
        ]
        inputs = array("i", [first, *ids[:-1]])
        windows.append(LossWindow(number, inputs, array("i", labels)))
    longest = max((len(window.inputs) for window in windows), default=0)
    if longest > (most := longest_input(model, tokenizer)):
        raise InputError(f"a question has {longest} tokens, and the model reads {most}")
    return windows


def log_probabilities_of_answers(
    model: Any, tokenizer: Any, windows: Sequence[LossWindow], options: int
) -> Float64:
    """The log probability of each answer after its question in nats, Q x O values.

    Args:
        model: a causal model in evaluation mode.
        tokenizer: its tokenizer.
        windows: of the options of each question in turn.
        options: O.
    """
    losses_W = window_losses(model, windows, tokenizer.pad_token_id or 0)
    for number, window in enumerate(windows):
        if not window.predictions:  # a tokenizer that drops what it does not know
            losses_W[number] = math.inf
    return -losses_W.reshape(-1, options)


def shares_of_right(values_QO: Float64, right: Sequence[int]) -> list[float]:
    """Of each question 1 where the right option has the highest value, and a share of 1 where it
    has it together with others; else 0."""
    found = []
    for values_O, place in zip(values_QO, right, strict=True):
        best_O = values_O == values_O.max()
        found.append(float(best_O[place] / best_O.sum()))
    return found
