"""Learned queries that look at the bytes of a token (after Byte2Word).

Lee, Guo and Qiu (2022), *Byte2Word*: cross-attention pools the bytes of a word into one vector. Of
the shapes only the abstract was public, so these are ours.

Shapes: B tokens of a batch, L bytes of the longest token, Q queries, H width, X numbers of a row.
"""

from typing import Any

import torch
from torch import Tensor, nn

_BYTES = 256


class ByteNetwork(nn.Module):
    """Bytes with places, cross-attention from Q queries, and what they found as one row."""

    def __init__(
        self,
        outputs: int,
        *,
        width: int,
        queries: int,
        heads: int,
        dropout: float,
        maximum: int,
        inner: int | None = None,
    ) -> None:
        """Draw the weights.

        Args:
            outputs: numbers of a row (X).
            width: of bytes and queries (H).
            queries: their number (Q).
            heads: of the attention.
            dropout: of the attention and before the last layer.
            maximum: bytes of a token.
            inner: numbers between the last two layers; twice those of a row by default.
        """
        super().__init__()
        inner = 2 * outputs if inner is None else inner
        self.settings: dict[str, Any] = {
            "width": width, "queries": queries, "heads": heads,
            "inner": inner, "maximum": maximum, "dropout": dropout,
        }  # fmt: skip
        self.bytes = nn.Embedding(_BYTES, width)
        self.places = nn.Embedding(maximum, width)
        self.queries_QH = nn.Parameter(torch.randn(queries, width) / width**0.5)
        # A byte with its neighbors on both sides, so that a query can ask for a string.
        self.neighbors = nn.Conv1d(width, width, 3, padding=1)
        self.before = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, dropout, batch_first=True)
        self.last = nn.Sequential(
            nn.LayerNorm(queries * width),
            nn.Linear(queries * width, inner),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(inner, outputs),
        )

    def of_part(self, part: slice, unit_X: Tensor) -> "ByteNetwork":
        """A network that makes one part of a row, in numbers where this one makes multiples.

        Args:
            part: where the part stands in a row.
            unit_X: what its numbers are multiples of.
        """
        unit_D = unit_X[part]
        found = ByteNetwork(len(unit_D), **self.settings)
        state = {name: tensor.detach().clone() for name, tensor in self.state_dict().items()}
        for name in ("weight", "bias"):
            rows = state[f"last.4.{name}"][part]
            state[f"last.4.{name}"] = rows * unit_D.view(-1, *[1] * (rows.dim() - 1))
        found.load_state_dict(state)
        return found.train(self.training)

    def forward(self, places_BL: Tensor, present_BL: Tensor) -> Tensor:
        """Rows (B, X); `present_BL` is False where a token has ended."""
        order_L = torch.arange(places_BL.shape[1], device=places_BL.device)
        states_BLH = self.bytes(places_BL) + self.places(order_L)
        states_BLH = states_BLH.masked_fill(~present_BL.unsqueeze(-1), 0.0)
        around_BLH = self.neighbors(states_BLH.transpose(1, 2)).transpose(1, 2)
        states_BLH = self.before(states_BLH + nn.functional.gelu(around_BLH))
        queries_BQH = self.queries_QH.expand(len(places_BL), -1, -1)
        found_BQH, _ = self.attention(
            queries_BQH, states_BLH, states_BLH, key_padding_mask=~present_BL, need_weights=False
        )
        rows_BX: Tensor = self.last(found_BQH.flatten(1))
        return rows_BX
