"""Networks that make a row of the vectors of the words that a token is in (HyperOFA).

They follow the authors' code: a bidirectional LSTM whose last states a small network turns into a
row, and two versions of a set transformer, whose mean state is the row, or becomes it.

Shapes: B tokens of a batch, L words of the longest list, R words, E dimensions of their vectors,
X numbers of a row, H hidden states.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from lingraft.errors import ConfigError


class WordLstm(nn.Module):
    """A bidirectional LSTM over word vectors that stay as they are."""

    def __init__(
        self, table_RE: Tensor, outputs: int, *, hidden: int, layers: int, dropout: float
    ) -> None:
        """Draw the weights.

        Args:
            table_RE: the word vectors.
            outputs: numbers of a row (X).
            hidden: states of each direction (H).
            layers: of the LSTM.
            dropout: between its layers and before the last layer.
        """
        super().__init__()
        self.register_buffer("table_RE", table_RE, persistent=False)
        self.lstm = nn.LSTM(
            table_RE.shape[1],
            hidden,
            layers,
            batch_first=True,
            dropout=dropout if layers > 1 else 0.0,  # torch warns of one that has no effect
            bidirectional=True,
        )
        self.head = nn.Sequential(
            nn.Linear(2 * hidden, 2 * outputs),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * outputs, outputs),
        )

    def forward(self, places_BL: Tensor, present_BL: Tensor) -> Tensor:
        """Rows (B, X); `present_BL` is False where a list has ended."""
        vectors_BLE = nn.functional.embedding(places_BL, self.get_buffer("table_RE"))
        lengths_B = present_BL.sum(dim=1).cpu()
        packed = pack_padded_sequence(
            vectors_BLE, lengths_B, batch_first=True, enforce_sorted=False
        )
        _, (states, _) = self.lstm(packed)
        # The last layer's two directions stand at the end.
        rows_BX: Tensor = self.head(torch.cat((states[-2], states[-1]), dim=-1))
        return rows_BX


class WordSet(nn.Module):
    """A transformer over a set of word vectors, as wide as a row; no place in the list counts."""

    def __init__(
        self, table_RE: Tensor, outputs: int, *, heads: int, layers: int, dropout: float
    ) -> None:
        """Draw the weights.

        Args:
            table_RE: the word vectors.
            outputs: numbers of a row (X), which is the width of the transformer.
            heads: of the attention; the width is rounded up to a multiple of them.
            layers: of the transformer.
            dropout: of the transformer.
        """
        super().__init__()
        self.register_buffer("table_RE", table_RE, persistent=False)
        inputs, width = table_RE.shape[1], -(-outputs // heads) * heads
        self.outputs = outputs
        self.first = nn.Sequential(
            nn.Linear(inputs, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.skip = nn.Identity() if inputs == width else nn.Linear(inputs, width)
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout, batch_first=True)
        self.body = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)

    def forward(self, places_BL: Tensor, present_BL: Tensor) -> Tensor:
        """Rows (B, X); `present_BL` is False where a list has ended."""
        vectors_BLE = nn.functional.embedding(places_BL, self.get_buffer("table_RE"))
        states_BLX = self.first(vectors_BLE) + self.skip(vectors_BLE)
        states_BLX = self.body(states_BLX, src_key_padding_mask=~present_BL)
        return mean_state(states_BLX, present_BL)[:, : self.outputs]


class WordSetLast(nn.Module):
    """The authors' last version: as wide as a word vector, with the small network at the end."""

    def __init__(
        self, table_RE: Tensor, outputs: int, *, heads: int, layers: int, dropout: float
    ) -> None:
        """Draw the weights.

        Args:
            table_RE: the word vectors.
            outputs: numbers of a row (X).
            heads: of the attention; they divide the dimensions of the word vectors.
            layers: of the transformer.
            dropout: of the transformer and before the last layer.

        Raises:
            ConfigError: the heads do not divide the dimensions.
        """
        super().__init__()
        self.register_buffer("table_RE", table_RE, persistent=False)
        width = table_RE.shape[1]
        if width % heads:
            raise ConfigError(
                f"heads: {heads} heads cannot share word vectors of {width} dimensions"
            )
        layer = nn.TransformerEncoderLayer(width, heads, 8 * width, dropout, batch_first=True)
        self.body = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Sequential(
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, outputs),
        )

    def forward(self, places_BL: Tensor, present_BL: Tensor) -> Tensor:
        """Rows (B, X); `present_BL` is False where a list has ended."""
        vectors_BLE = nn.functional.embedding(places_BL, self.get_buffer("table_RE"))
        states_BLE = self.body(vectors_BLE, src_key_padding_mask=~present_BL)
        rows_BX: Tensor = self.head(mean_state(states_BLE, present_BL))
        return rows_BX


def mean_state(states_BLX: Tensor, present_BL: Tensor) -> Tensor:
    """The mean of each list's states (B, X)."""
    weights_BL1 = present_BL.unsqueeze(-1).to(states_BLX.dtype)
    # `masked_fill` and not the weights alone: a state behind the end may be NaN.
    kept_BLX = states_BLX.masked_fill(~present_BL.unsqueeze(-1), 0.0)
    return kept_BLX.sum(dim=1) / weights_BL1.sum(dim=1).clamp(min=1.0)
