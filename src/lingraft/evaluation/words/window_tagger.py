"""A tagger of words that sees frozen vectors of a window alone (after Collobert et al., 2011).

The vectors of a word and of its neighbors are joined; one tanh layer and a softmax follow. There is
no more: what the tagger knows of words is in their vectors.

N words of a text, W different words, C words of a window, E dimensions, K tags.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lingraft.evaluation.data.tag_files import Sentence
from lingraft.numeric.arrays import Float32, Int64
from lingraft.numeric.rows import unit_rows

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet

_HIDDEN, _EPOCHS, _BATCH, _RATE = 100, 10, 128, 2e-3
_PADDING = 0  # the row before the first and behind the last word of a sentence


@dataclass(frozen=True)
class Windows:
    """Words of sentences as rows of a table of vectors, each with its neighbors."""

    table_WE: Float32
    rows_NC: Int64


def word_windows(sentences: Sequence[Sentence], vectors: "VectorSet", reach: int) -> Windows:
    """The windows of all words, one sentence after the other.

    Two more dimensions say what is beyond a sentence, and which words have no vector: among words,
    the zero vector alone is nothing that a linear layer could tell.

    Args:
        sentences: the texts.
        vectors: of their language.
        reach: neighbors on either side.
    """
    number: dict[str, int] = {}
    rows: list[Int64] = []
    for sentence in sentences:
        own = [number.setdefault(word, len(number) + 1) for word in sentence.words]
        padded = np.pad(np.array(own, np.int64), reach, constant_values=_PADDING)
        rows.append(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1))
    table_WE = np.zeros((len(number) + 1, vectors.dimension + 2), np.float32)
    table_WE[1:, :-2] = unit_rows(vectors.vectors_of(number))
    table_WE[_PADDING, -2] = 1
    table_WE[1:, -1] = ~table_WE[1:].any(axis=1)
    return Windows(table_WE, np.concatenate(rows))


def tag_words(train: Windows, tags: Sequence[str], test: Windows, seed: int = 0) -> list[str]:
    """Tags of the test words.

    Args:
        train: the training words.
        tags: one for each of them, N.
        test: the words to tag.
        seed: of the weights and of the order of batches.
    """
    names = sorted(set(tags))
    numbers_N = torch.tensor([names.index(tag) for tag in tags])
    generator = torch.Generator().manual_seed(seed)
    network = _network(train.rows_NC.shape[1] * train.table_WE.shape[1], len(names), seed)
    optimizer = torch.optim.Adam(network.parameters(), lr=_RATE)
    table_WE, rows_NC = torch.from_numpy(train.table_WE), torch.from_numpy(train.rows_NC)
    for _ in range(_EPOCHS):
        order_N = torch.randperm(len(tags), generator=generator)
        for start in range(0, len(tags), _BATCH):
            chosen = order_N[start : start + _BATCH]
            logits = network(table_WE[rows_NC[chosen]].flatten(1))
            optimizer.zero_grad()
            cross_entropy(logits, numbers_N[chosen]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    found: list[str] = []
    table_WE, rows_NC = torch.from_numpy(test.table_WE), torch.from_numpy(test.rows_NC)
    with torch.no_grad():
        for start in range(0, len(rows_NC), 4096):
            logits = network(table_WE[rows_NC[start : start + 4096]].flatten(1))
            found += [names[number] for number in logits.argmax(dim=1).tolist()]
    return found


def _network(inputs: int, tags: int, seed: int) -> nn.Module:
    # fork_rng: the caller's generator is as it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(inputs, _HIDDEN), nn.Tanh(), nn.Linear(_HIDDEN, tags))


def usual_tags(train: Sequence[Sentence], words: Sequence[str]) -> list[str]:
    """The most frequent training tag of each word, and of all words where it is unknown."""
    of_word: dict[str, Counter[str]] = {}
    of_all: Counter[str] = Counter()
    for sentence in train:
        of_all.update(sentence.tags)
        for word, tag in zip(sentence.words, sentence.tags, strict=True):
            of_word.setdefault(word, Counter())[tag] += 1
    return [of_word.get(word, of_all).most_common(1)[0][0] for word in words]
