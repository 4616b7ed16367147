"""The recurrent convolutional network for texts (Lai, Xu, Liu and Zhao 2015), on frozen vectors.

Each word is read together with a left and a right context, which recurrences give (their equations
1 to 3); a tanh layer follows (4), the maximum over all words (5), and a linear layer (6, 7):

    left_i  = tanh(A left_{i-1}  + B word_{i-1})
    right_i = tanh(C right_{i+1} + D word_{i+1})
    y = U max_i tanh(V [left_i; word_i; right_i] + v) + u

The contexts before the first and behind the last word are learned.

N documents, T words of the longest, E vector, H context, F hidden layer, K labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from lingraft.numeric.arrays import Float32, Int64
from lingraft.numeric.rows import unit_rows

_CONTEXT, _HIDDEN = 50, 100  # the paper's
_EPOCHS, _BATCH, _RATE = 20, 32, 3e-3
_LONGEST = 400  # words of a document


class RecurrentNetwork(torch.nn.Module):
    """Scores of labels for documents that are sequences of vectors."""

    def __init__(self, dimension: int, labels: int) -> None:
        super().__init__()
        self.recurrence = torch.nn.RNN(dimension, _CONTEXT, batch_first=True, bidirectional=True)
        self.edges_2H = torch.nn.Parameter(torch.zeros(2, 1, _CONTEXT))
        self.hidden = torch.nn.Linear(2 * _CONTEXT + dimension, _HIDDEN)
        self.output = torch.nn.Linear(_HIDDEN, labels)

    def forward(self, words_NTE: torch.Tensor, lengths_N: torch.Tensor) -> torch.Tensor:
        """Scores (N, K).

        Args:
            words_NTE: vectors of the words, padded at the end.
            lengths_N: words of each document, at least one.
        """
        left_NTH, right_NTH = self._contexts(words_NTE, lengths_N)
        read_NTF = torch.tanh(self.hidden(torch.cat([left_NTH, words_NTE, right_NTH], dim=2)))
        is_padding_NT = torch.arange(words_NTE.shape[1]) >= lengths_N[:, None]
        # tanh is above -1, so that padding is never the maximum.
        found_NF = read_NTF.masked_fill(is_padding_NT[:, :, None], -1).amax(dim=1)
        scores_NK: torch.Tensor = self.output(found_NF)
        return scores_NK

    def _contexts(
        self, words_NTE: torch.Tensor, lengths_N: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        edges_2NH = self.edges_2H.expand(-1, len(words_NTE), -1).contiguous()
        packed = pack_padded_sequence(words_NTE, lengths_N, batch_first=True, enforce_sorted=False)
        states, _ = self.recurrence(packed, edges_2NH)
        states_NTH, _ = pad_packed_sequence(states, batch_first=True)
        forward_NTH, backward_NTH = torch.split(states_NTH, _CONTEXT, dim=2)
        first_N1H, last_N1H = edges_2NH[0][:, None], edges_2NH[1][:, None]
        # A state has read its own word already; the context of a word is its neighbor's state.
        left_NTH = torch.cat([first_N1H, forward_NTH[:, :-1]], dim=1)
        right_NTH = torch.cat([backward_NTH[:, 1:], last_N1H], dim=1)
        is_last_NT = torch.arange(words_NTE.shape[1]) == (lengths_N - 1)[:, None]
        return left_NTH, torch.where(is_last_NT[:, :, None], last_N1H, right_NTH)


@dataclass(frozen=True)
class TrainedNetwork:
    """A network with the table of its vectors and the names of its labels."""

    network: RecurrentNetwork
    table_WE: torch.Tensor
    labels: list[str]

    @torch.inference_mode()
    def predict(self, documents: Sequence[Int64]) -> list[str]:
        """The most probable label of each document, given as rows of the table."""
        batches = (documents[i : i + _BATCH] for i in range(0, len(documents), _BATCH))
        best = (self.network(*_padded(self.table_WE, batch)).argmax(dim=1) for batch in batches)
        return [self.labels[number] for numbers in best for number in numbers.tolist()]


def train_network(
    table_WE: Float32, documents: Sequence[Int64], labels: Sequence[str], seed: int
) -> TrainedNetwork:
    """Train on labelled documents; the table stays as it is, its rows scaled to unit length.

    Args:
        table_WE: vectors of words.
        documents: each as rows of the table; at most the first 400 words are read.
        labels: one for each document.
        seed: of the weights and of the order of batches.
    """
    names = sorted(set(labels))
    targets_N = torch.tensor([names.index(label) for label in labels])
    table = torch.from_numpy(np.ascontiguousarray(unit_rows(table_WE)))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = RecurrentNetwork(table_WE.shape[1], len(names))
        optimizer = torch.optim.Adam(network.parameters(), lr=_RATE)
        for _ in range(_EPOCHS):
            for batch in torch.split(torch.randperm(len(documents)), _BATCH):
                inputs = _padded(table, [documents[i] for i in batch.tolist()])
                optimizer.zero_grad()
                cross_entropy(network(*inputs), targets_N[batch]).backward()  # type: ignore[no-untyped-call]
                optimizer.step()
    return TrainedNetwork(network, table, names)


def _padded(
    table_WE: torch.Tensor, documents: Sequence[Int64]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Vectors (N, T, E) and lengths; a document without a word is one zero vector."""
    found = [table_WE[torch.from_numpy(rows[:_LONGEST])] for rows in documents]
    found = [words if len(words) else table_WE.new_zeros(1, table_WE.shape[1]) for words in found]
    return pad_sequence(found, batch_first=True), torch.tensor([len(words) for words in found])
