"""The log probability of whole sentences, and which of two has the higher one.

A causal model gives each token its probability after the ones before it. A masked model gives each
token its probability among all others but those behind it in the same word, which are hidden with
it ("within-word l2r", Kauf and Ivanova 2023, section 3): else the rest of a word would betray its
beginning, and words of many pieces would be too likely.

Shapes: N sentences, W windows.
"""

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lingraft.corpus.documents import Document
from lingraft.models.objective import is_causal
from lingraft.models.rows import longest_input
from lingraft.models.scoring.losses import document_losses, window_losses
from lingraft.models.scoring.settings import HeldOutMeasure
from lingraft.models.scoring.windows import (
    IGNORED,
    DocumentWindows,
    LossWindow,
    cut_documents,
)
from lingraft.numeric.arrays import Float64

_WINDOW = 512  # tokens, where the model reads as many: no sentence is so long


def cut_sentences(
    model: Any, tokenizer: Any, texts: Sequence[str], prefix: str | None
) -> DocumentWindows:
    """Sentences as rows of forward passes in which every token is predicted once.

    Args:
        model: a masked or causal model; its weights change nothing here.
        tokenizer: its tokenizer, a fast one.
        texts: N sentences.
        prefix: what a causal model reads before a sentence; None for what it reads in training.

    Raises:
        ConfigError: the tokenizer does not have the prefix.
    """
    if is_causal(model.config):
        documents = [Document(str(i), text, {}) for i, text in enumerate(texts)]
        measure = HeldOutMeasure(sequence_length=_WINDOW, prefix=prefix)
        return cut_documents(model, tokenizer, documents, measure)
    windows = list(_masked(tokenizer, texts, min(_WINDOW, longest_input(model, tokenizer))))
    tokens = np.bincount([w.document for w in windows], minlength=len(texts)).tolist()
    sizes = [len(text.encode()) for text in texts]
    return DocumentWindows(windows, tokenizer.pad_token_id or 0, tokens, sizes)


def log_probabilities(model: Any, text: DocumentWindows) -> list[float]:
    """The log probability of each sentence in nats, N values.

    Args:
        model: with its head, in evaluation mode.
        text: the sentences as `cut_sentences` cuts them.
    """
    return summed(text, window_losses(model, text.windows, text.padding))


def summed(text: DocumentWindows, losses_W: Float64) -> list[float]:
    """The log probability of each sentence, from the losses of its windows."""
    return [-found.loss for found in document_losses(text, losses_W)]


def preferences(values: Sequence[float]) -> list[float]:
    """Of right and wrong sentences in turn: 1 where the right one has the higher value, else 0.

    Equal values, such as those of sentences that a tokenizer does not tell apart, give one half.
    """
    return [
        float(right > wrong) if right != wrong else 0.5
        for right, wrong in zip(values[::2], values[1::2], strict=True)
    ]


def _masked(tokenizer: Any, texts: Sequence[str], length: int) -> Iterator[LossWindow]:
    """A window for each token: it and the rest of its word are hidden, and it is predicted."""
    # A fast tokenizer returns the rest of a long text as further rows.
    encoded = tokenizer(
        list(texts), truncation=True, max_length=length, return_overflowing_tokens=True
    )
    for row, text in enumerate(encoded["overflow_to_sample_mapping"]):
        ids = encoded["input_ids"][row]
        words = encoded.word_ids(row)
        for t, word in enumerate(words):
            if word is None:  # a special token
                continue
            inputs, labels = array("i", ids), array("i", [IGNORED] * len(ids))
            labels[t] = ids[t]
            for other in range(t, len(ids)):
                if words[other] == word:
                    inputs[other] = tokenizer.mask_token_id
            yield LossWindow(text, inputs, labels)
