"""HyperOFA (Özeren et al. 2025): rows from the vectors of the words that a token is in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import PositiveFloat, PositiveInt, model_validator

from lingraft.config.base import Name
from lingraft.initialization.generator import Generator, OpenShare, Share

if TYPE_CHECKING:
    from torch import nn

    from lingraft.initialization.networks.basis import Basis
    from lingraft.initialization.networks.reader import TokenReader
    from lingraft.initialization.request import Request


class HyperOfa(Generator):
    """HyperOFA (Özeren et al., 2025): a network over the multilingual vectors of the words that a
    token is in predicts the token's (factorized) row. Defaults are those of the authors' LSTM."""

    method: Literal["hyperofa"] = "hyperofa"
    mode: Literal["default", "reference"] = "default"
    """`default`: words of a side's own languages describe its tokens; `reference`: words of all
    languages describe both, and all else is as in the authors' code (docs/methods.md)."""
    vectors: Name | None = None
    """Words of several languages in one space, by a name in `vectors`; the run has the same as
    `multilingual_vectors`. Either these or `alignments`."""
    alignments: list[Name] = []
    """Aligned vector spaces, by names in `alignments`; the run has them, too."""
    network_type: Literal["lstm", "set"] = "lstm"
    """`lstm`: bidirectional; `set`: the authors' set transformer (28 layers, 10 heads, dropout 0.4,
    500 epochs there), with `mode: reference` that of their last version."""
    hidden: PositiveInt = 800
    """States of each direction of the LSTM."""
    layers: PositiveInt = 1
    """Layers of the LSTM or of the set transformer."""
    heads: PositiveInt = 10
    """Heads of the set transformer."""
    dropout: Share = 0.2
    """Dropout in the network."""
    maximum_words: PositiveInt = 256
    """Words that describe a token, the most frequent ones."""
    epochs: PositiveInt = 300
    """Passes over the training tokens."""
    learning_rate: PositiveFloat = 1e-4
    """Learning rate of Adam at the first step."""
    schedule: Literal["linear", "step"] = "step"
    """As of every generator; `step` is the authors'."""
    decay: OpenShare = 0.95
    """Factor of the learning rate with `schedule: step`."""

    @model_validator(mode="after")
    def _check_space(self) -> Self:
        if (self.vectors is None) == (not self.alignments):
            raise ValueError("hyperofa needs either `vectors` or `alignments`, and not both")
        return self

    @model_validator(mode="after")
    def _check_network(self) -> Self:
        unused = {"lstm": "heads", "set": "hidden"}[self.network_type]
        if unused in self.model_fields_set:
            raise ValueError(
                f"{unused} would have no effect with network_type: {self.network_type}"
            )
        return self

    @property
    def revision(self) -> int:
        """The reference was brought nearer to the authors' code."""
        return super().revision + (self.mode == "reference")

    @property
    def follows_authors(self) -> bool:
        """With `mode: reference`."""
        return self.mode == "reference"

    @property
    def aligned_by(self) -> tuple[str, ...]:
        """The alignments."""
        return tuple(self.alignments)

    @property
    def described_by(self) -> str | None:
        """The multilingual vectors."""
        return self.vectors

    @property
    def small(self) -> Mapping[str, Any]:
        """A tiny network."""
        own = {"hidden": 8} if self.network_type == "lstm" else {"heads": 2}
        return {**own, "layers": 1, "epochs": 2}

    def reader(self, request: Request, basis: Basis) -> TokenReader:
        """Words, by the tokenizer's own cuts."""
        from lingraft.initialization.networks.word_reader import WordReader

        return WordReader(request, self.maximum_words, self.mode)

    def network(self, reader: TokenReader, basis: Basis) -> nn.Module:
        """The LSTM or the set transformer."""
        import torch

        from lingraft.initialization.networks.word_networks import WordLstm, WordSet, WordSetLast

        table_RE, outputs = torch.from_numpy(reader.table_RE), basis.rows_SX.shape[1]
        if self.network_type == "lstm":
            return WordLstm(
                table_RE, outputs, hidden=self.hidden, layers=self.layers, dropout=self.dropout
            )
        made = WordSetLast if self.mode == "reference" else WordSet
        return made(table_RE, outputs, heads=self.heads, layers=self.layers, dropout=self.dropout)
