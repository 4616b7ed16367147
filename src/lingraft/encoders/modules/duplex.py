"""DupMAE's vector of a text: its first token's vector and what its other tokens say, side by side.

The other tokens say together which entries of the vocabulary the text is about: of each entry their
highest logit counts, and the highest of these are kept. The inner product of two such vectors adds
what both parts have in common. Liu, Xiao and Shao 2022, "RetroMAE v2: Duplex Masked Auto-Encoder".

This is after the paper: that the first vector is reduced, the tokens are aggregated and both are
concatenated is in its abstract; the published code has the first vector alone. How the two are
scaled is learned with the projection.

Shapes: N texts, L tokens of a text, H hidden size, V vocabulary, R reduced size.
"""

import math

import torch
from torch import Tensor, nn


class DuplexPooling(nn.Module):
    """The vectors of texts from the last hidden states and logits of a masked model.

    Args:
        hidden: hidden size of the model.
        reduced: dimensions that the first token's vector gets.
        kept: entries of the vocabulary that a text keeps.
    """

    def __init__(self, hidden: int, reduced: int, kept: int) -> None:
        super().__init__()
        self.kept = kept
        self.projection = nn.Linear(hidden, reduced, bias=False)

    def forward(self, hidden_NLH: Tensor, logits_NLV: Tensor, real_NL: Tensor) -> Tensor:
        """The vectors (N, R + V), with at most `kept` numbers in their second part.

        Args:
            hidden_NLH: last hidden states.
            logits_NLV: what the head makes of them.
            real_NL: False for padding; bool. The first token says nothing in the second part.
        """
        said_NLV = logits_NLV[:, 1:].masked_fill(~real_NL[:, 1:, None], -math.inf)
        values_NK, entries_NK = said_NLV.amax(1).topk(self.kept)
        # Below 0 a logit says that the entry is not there.
        spread_NV = logits_NLV.new_zeros(logits_NLV[:, 0].shape)
        spread_NV = spread_NV.scatter(1, entries_NK, values_NK.clamp(min=0.0))
        return torch.cat([self.projection(hidden_NLH[:, 0]), spread_NV], dim=1)
