"""A transformer over the source rows of a token's pieces (after ZeTT).

Minixhofer, Ponti and Vulic (2024), *Zero-Shot Tokenizer Transfer*: input and output rows of the
pieces side by side go in; input row, output row and bias come out. Here the network adds to the
mean of the pieces, so that it begins as FVT, and a token of one piece is that piece.

Shapes: B tokens of a batch, L pieces of the longest list, S source rows, X numbers of a row,
H width of the transformer.
"""

import torch
from torch import Tensor, nn

from lingraft.initialization.networks.word_networks import mean_state


class PieceNetwork(nn.Module):
    """What the order and the company of pieces add to their mean."""

    def __init__(
        self,
        rows_SX: Tensor,
        *,
        width: int,
        heads: int,
        layers: int,
        dropout: float,
        maximum: int,
    ) -> None:
        """Draw the weights.

        Args:
            rows_SX: the source's rows in the unit of the network.
            width: of the transformer (H).
            heads: of its attention.
            layers: of it.
            dropout: of it.
            maximum: the pieces that it looks at, the first ones; the mean is of all.
        """
        super().__init__()
        self.register_buffer("rows_SX", rows_SX, persistent=False)
        self.maximum = maximum
        outputs = rows_SX.shape[1]
        self.first = nn.Linear(outputs, width)
        self.places = nn.Embedding(maximum, width)
        layer = nn.TransformerEncoderLayer(
            width, heads, 2 * width, dropout, activation="gelu", batch_first=True, norm_first=True
        )
        self.body = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.before_last = nn.LayerNorm(width)
        self.last = nn.Linear(width, outputs)
        nn.init.zeros_(self.last.weight)  # the first rows are the means of the pieces
        nn.init.zeros_(self.last.bias)

    def forward(self, places_BL: Tensor, present_BL: Tensor) -> Tensor:
        """Rows (B, X); `present_BL` is False where a list has ended."""
        rows_BLX = nn.functional.embedding(places_BL, self.get_buffer("rows_SX"))
        means_BX = mean_state(rows_BLX, present_BL)
        shown_BL = present_BL[:, : self.maximum]
        states_BLH = self.first(rows_BLX[:, : self.maximum])
        order_L = torch.arange(states_BLH.shape[1], device=states_BLH.device)
        states_BLH = self.body(states_BLH + self.places(order_L), src_key_padding_mask=~shown_BL)
        added_BX: Tensor = self.last(self.before_last(mean_state(states_BLH, shown_BL)))
        is_cut_B1 = (present_BL.sum(dim=1) > 1).unsqueeze(-1)
        return means_BX + added_BX.masked_fill(~is_cut_B1, 0.0)
