"""A larger vocabulary for a model: more merges, and rows for them that are in no file.

The merges go on where the model's own end (continued byte-pair encoding), so a text is cut into the
same tokens or into such that are made of several of them. The rows are those that an initialization
would give an extended vocabulary.

Shapes: N more tokens, X numbers a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lingraft.initialization.initialize import initialize
from lingraft.initialization.installing.install import read_matrices
from lingraft.initialization.method import Method
from lingraft.initialization.request import Evidence, Request
from lingraft.models.more_rows import MoreRows, row_number
from lingraft.models.more_rows import why_not as why_no_rows
from lingraft.numeric.arrays import Int64, Numbers
from lingraft.tokenizers.backend import read_backend, row_count, wrap
from lingraft.tokenizers.continued_merges import NewToken
from lingraft.tokenizers.extending import ALGORITHMS, append_tokens
from lingraft.tokenizers.roles import describe
from lingraft.tokenizers.token_table import TokenTable


@dataclass(frozen=True, eq=False)
class LargeVocabulary:
    """A model's vocabulary with more tokens behind it.

    Attributes:
        tokenizer: cuts text into tokens of both.
        rows: of the new tokens.
        pieces: the ids of the model's own tokens that each new one is made of.
        first: the tokenizer's id of the first new token.
        shift: what is added to this for the model's row: a matrix may have more rows than tokens.
    """

    tokenizer: Any
    rows: MoreRows
    pieces: Sequence[Sequence[int]]
    first: int
    shift: int

    def cut(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text, as rows of the longer matrices."""
        if not texts:  # transformers' tokenizers fail on none
            return []
        found = self.tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return [[self.row_of(token) for token in ids] for ids in found]

    @property
    def known_rows(self) -> Int64:
        """The rows of all tokens, rising; others are padding of the model's matrices."""
        tokens = np.arange(self.first + len(self.rows))
        return np.where(tokens < self.first, tokens, tokens + self.shift)

    def row_of(self, token: int) -> int:
        """The row of a token."""
        return token if token < self.first else token + self.shift

    def token_of(self, row: int) -> int:
        """The token of a row, as the tokenizer counts."""
        return row if row < self.first else row - self.shift

    def pieces_of(self, row: int) -> Sequence[int]:
        """The model's own tokens that a token is made of; an own one is made of itself."""
        token = self.token_of(row)
        return [token] if token < self.first else self.pieces[token - self.first]


def why_not(model: Any, tokenizer: Any) -> str:
    """Why a model cannot get a larger vocabulary; empty where it can.

    Args:
        model: with its head.
        tokenizer: its tokenizer.
    """
    kind = type(tokenizer.backend_tokenizer.model).__name__
    if kind not in ALGORITHMS:
        return f"the vocabulary of a {kind} tokenizer cannot be continued"
    if (beyond := row_count(tokenizer) - row_number(model)) > 0:
        return f"the tokenizer has {beyond} ids beyond the model's rows"
    return why_no_rows(model)


def source_request(model: Any, tokenizer: Any) -> Request:
    """A request whose source and target are a model as it is: by it a generator knows its model."""
    table = TokenTable(tokenizer)
    return Request(table, table, **read_matrices(model))


def nested_vocabularies(
    model: Any,
    folder: Path,
    found: Sequence[NewToken],
    sizes: Sequence[int],
    method: Method,
    generator: Any = None,
) -> list[LargeVocabulary]:
    """Larger vocabularies of a model, each with the first of the same new tokens.

    A token has the same row in all of them.

    Args:
        model: its rows are what new ones are made of.
        folder: where its tokenizer is.
        found: the new tokens.
        sizes: how many of them each vocabulary has, rising.
        method: makes the rows.
        generator: a trained generator, where the method takes one.

    Raises:
        InputError: the generator was trained for another model.
    """
    backend = read_backend(folder)
    first, shift = row_count(backend), row_number(model) - row_count(backend)
    tokenizers = [_wrapped(append_tokens(backend, found[:n], str(folder)), folder) for n in sizes]
    own, largest = TokenTable(_wrapped(backend, folder)), TokenTable(tokenizers[-1])
    evidence = Evidence(generator=generator)
    made = initialize(Request(own, largest, **read_matrices(model), evidence=evidence), method)
    rows = MoreRows(
        _behind(made.embeddings_TD, first),
        None if made.output_TD is None else _behind(made.output_TD, first),
        None if made.bias_T is None else _behind(made.bias_T, first),
    )
    return [
        LargeVocabulary(tokenizer, rows[:n], [new.pieces for new in found[:n]], first, shift)
        for tokenizer, n in zip(tokenizers, sizes, strict=True)
    ]


def _wrapped(backend: Any, folder: Path) -> Any:
    return wrap(backend, **describe(folder, backend))


def _behind(rows_TX: Numbers, first: int) -> torch.Tensor:
    return torch.from_numpy(rows_TX[first:].copy())
