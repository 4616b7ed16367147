"""A hypernetwork over pieces, after ZeTT (Minixhofer et al. 2024)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import PositiveInt, model_validator

from lingraft.initialization.generator import Generator, OpenShare, Share, TextLessons

if TYPE_CHECKING:
    from torch import nn

    from lingraft.initialization.networks.basis import Basis
    from lingraft.initialization.networks.reader import TokenReader
    from lingraft.initialization.request import Request


class Hypernetwork(Generator):
    """After ZeTT (Minixhofer et al., 2024): the source rows of a token's pieces become its input
    row, output row and bias. It learns the source's own rows under sampled tokenizers, which do not
    have a random part of the source's vocabulary, and then, with `language_model`, what the source
    model predicts with its rows."""

    method: Literal["hypernetwork"] = "hypernetwork"
    hidden: PositiveInt = 256
    """Width of the transformer."""
    layers: PositiveInt = 2
    """Its layers."""
    heads: PositiveInt = 4
    """Heads of its attention; they divide `hidden`."""
    dropout: Share = 0.1
    """Dropout in it."""
    maximum_pieces: PositiveInt = 7
    """Pieces that it looks at, the first ones, as in ZeTT; the mean to which it adds has all."""
    least_dropped: OpenShare = 0.3
    """The smallest share of the training tokens that a sampled tokenizer does not have."""
    most_dropped: OpenShare = 0.7
    """The largest one."""
    language_model: TextLessons | None = None
    """ZeTT's own loss, after `epochs` passes over rows (0: at once, beginning with FVT's rows).
    Unset: rows are all that it learns."""

    @model_validator(mode="after")
    def _check_shapes(self) -> Self:
        if self.hidden % self.heads:
            raise ValueError(f"heads: {self.heads} heads cannot share a width of {self.hidden}")
        if self.least_dropped > self.most_dropped:
            raise ValueError("least_dropped is more than most_dropped")
        if self.language_model is not None and self.width is not None:
            raise ValueError("language_model needs full rows, and `width` makes coordinates")
        return self

    @property
    def text_lessons(self) -> TextLessons | None:
        """Those of `language_model`."""
        return self.language_model

    @property
    def small(self) -> Mapping[str, Any]:
        """A tiny network, and few words."""
        found: dict[str, Any] = {"hidden": 8, "layers": 1, "heads": 2, "epochs": 2}
        if self.language_model is not None:
            own = self.language_model.model_dump(mode="json", exclude_unset=True)
            few = {"sampled_vocabularies": 2, "vocabulary_size": 100, "characters": 2000}
            found["language_model"] = own | few | {"steps": 1, "windows": 4, "sequence_length": 16}
        return found

    def reader(self, request: Request, basis: Basis) -> TokenReader:
        """Pieces by the source tokenizer."""
        from lingraft.initialization.networks.piece_reader import PieceReader

        return PieceReader(request, (self.least_dropped, self.most_dropped))

    def network(self, reader: TokenReader, basis: Basis) -> nn.Module:
        """The transformer."""
        import torch

        from lingraft.initialization.networks.piece_network import PieceNetwork

        return PieceNetwork(
            torch.from_numpy(basis.multiples_SX),
            width=self.hidden,
            heads=self.heads,
            layers=self.layers,
            dropout=self.dropout,
            maximum=self.maximum_pieces,
        )
