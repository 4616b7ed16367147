"""Rows from bytes, after Byte2Word (Lee, Guo and Qiu 2022)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import PositiveInt, model_validator

from lingraft.initialization.generator import Generator, Share

if TYPE_CHECKING:
    from torch import nn

    from lingraft.initialization.networks.basis import Basis
    from lingraft.initialization.networks.reader import TokenReader
    from lingraft.initialization.request import Request


class Byte2Word(Generator):
    """After Byte2Word (Lee, Guo and Qiu, 2022): learned queries look at the bytes of a token, and
    what they find is its row. The paper's model reads bytes in the place of a vocabulary; this
    generator learns the rows of a vocabulary."""

    method: Literal["byte2word"] = "byte2word"
    hidden: PositiveInt = 128
    """Width of bytes and queries."""
    queries: PositiveInt = 4
    """Learned queries."""
    heads: PositiveInt = 4
    """Heads of their attention; they divide `hidden`."""
    dropout: Share = 0.1
    """Dropout in the network."""
    maximum_bytes: PositiveInt = 32
    """Bytes of a token that are read, the first ones."""

    @model_validator(mode="after")
    def _check_shapes(self) -> Self:
        if self.hidden % self.heads:
            raise ValueError(f"heads: {self.heads} heads cannot share a width of {self.hidden}")
        return self

    @property
    def small(self) -> Mapping[str, Any]:
        """A tiny network."""
        return {"hidden": 8, "queries": 2, "heads": 2, "epochs": 2}

    def reader(self, request: Request, basis: Basis) -> TokenReader:
        """Bytes."""
        from lingraft.initialization.networks.byte_reader import ByteReader

        return ByteReader(request, self.maximum_bytes)

    def network(self, reader: TokenReader, basis: Basis) -> nn.Module:
        """Queries over bytes."""
        from lingraft.models.byte_network import ByteNetwork

        return ByteNetwork(
            basis.rows_SX.shape[1],
            width=self.hidden,
            queries=self.queries,
            heads=self.heads,
            dropout=self.dropout,
            maximum=self.maximum_bytes,
        )
