"""The decoder of RetroMAE and DupMAE: one more layer, which rebuilds a row from its first token.

Each token is rebuilt from the vector of the row's first token ([CLS]) and from other tokens that
the layer may see; another choice of them for each token. As the layer sees little, the vector must
say much. The layer is part of a model only while it is trained. Xiao and Liu 2022, "RetroMAE",
section 3.3; Liu, Xiao and Shao 2022, "RetroMAE v2: Duplex Masked Auto-Encoder".

Shapes: N rows, L tokens of a row, H hidden size, A attention heads.
"""

from typing import Any

import torch
from torch import Tensor, nn
from transformers.activations import ACT2FN

from lingraft.models.rows import first_position

_NAME = "enhanced_decoder"


class EnhancedDecoder(nn.Module):
    """A transformer layer (attention, then two linear layers; each with a residual and a norm)
    whose queries and whose keys and values are different texts.

    Args:
        config: of the model, whose own layers it resembles.
    """

    def __init__(self, config: Any) -> None:
        super().__init__()
        size, inner = config.hidden_size, _either(config, "intermediate_size", "hidden_dim")
        dropout = _either(config, "hidden_dropout_prob", "dropout")
        epsilon = getattr(config, "layer_norm_eps", 1e-12)
        self.heads = config.num_attention_heads
        self.attention_dropout = _either(
            config, "attention_probs_dropout_prob", "attention_dropout"
        )
        self.query, self.key, self.value = (nn.Linear(size, size) for _ in range(3))
        self.attended = nn.Linear(size, size)
        self.attended_norm = nn.LayerNorm(size, eps=epsilon)
        self.inner, self.outer = nn.Linear(size, inner), nn.Linear(inner, size)
        self.outer_norm = nn.LayerNorm(size, eps=epsilon)
        self.activation = ACT2FN[_either(config, "hidden_act", "activation")]
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries_NLH: Tensor, context_NLH: Tensor, visible_NLL: Tensor) -> Tensor:
        """The layer's output (N, L, H).

        Args:
            queries_NLH: what asks; residuals are added to it.
            context_NLH: what is attended to.
            visible_NLL: which places of the context each query sees, at least one; bool.
        """
        attended_NALh = nn.functional.scaled_dot_product_attention(
            self._apart(self.query(queries_NLH)),
            self._apart(self.key(context_NLH)),
            self._apart(self.value(context_NLH)),
            attn_mask=visible_NLL[:, None],
            dropout_p=self.attention_dropout if self.training else 0.0,
        )
        attended_NLH = self.attended(attended_NALh.transpose(1, 2).flatten(2))
        states_NLH = self.attended_norm(queries_NLH + self.dropout(attended_NLH))
        outer_NLH = self.outer(self.activation(self.inner(states_NLH)))
        normed: Tensor = self.outer_norm(states_NLH + self.dropout(outer_NLH))
        return normed

    def _apart(self, states_NLH: Tensor) -> Tensor:
        rows, length, size = states_NLH.shape
        return states_NLH.view(rows, length, self.heads, size // self.heads).transpose(1, 2)


def add_decoder(model: Any, seed: int) -> None:
    """Put a decoder into a model; its weights are drawn as the architecture draws its own.

    Args:
        model: a masked model with absolute positions (`REBUILDERS`); changed in place.
        seed: draws the weights.
    """
    decoder = EnhancedDecoder(model.config)
    generator = torch.Generator().manual_seed(seed)
    for layer in decoder.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0.0, model.config.initializer_range, generator)
            nn.init.zeros_(layer.bias)
    model.add_module(_NAME, decoder.train(model.training))


def remove_decoder(model: Any) -> None:
    """Take the decoder out of a model: a plain masked model remains."""
    delattr(model, _NAME)


def decoder_parameters(model: Any) -> set[int]:
    """Identities of the decoder's parameters; none if the model has no decoder."""
    decoder = getattr(model, _NAME, None)
    return set() if decoder is None else {id(p) for p in decoder.parameters()}


def rebuild(
    model: Any, first_NH: Tensor, ids_NL: Tensor, visible_NLL: Tensor, *, embedded: bool
) -> Tensor:
    """Hidden states (N, L, H) from which the head predicts the rows' own tokens.

    A query is the vector of the row's first token at the position that is asked for; keys and
    values are that vector and the input embeddings of the other tokens.

    Args:
        model: with a decoder.
        first_NH: last hidden states of the rows' first tokens.
        ids_NL: the rows, with nothing hidden.
        visible_NLL: which places each place sees; the first one always.
        embedded: whether queries go through the whole embedding layer, with its norm (DupMAE), or
            are the plain sum of vector and position (RetroMAE).
    """
    embeddings, first_N1H = model.base_model.embeddings, first_NH[:, None]
    length = ids_NL.shape[1]
    places_1L = torch.arange(length, device=ids_NL.device)[None] + first_position(model)
    inputs_NLH = embeddings(input_ids=ids_NL, position_ids=places_1L)
    context_NLH = torch.cat([first_N1H, inputs_NLH[:, 1:]], dim=1)
    if embedded:
        repeated_NLH = first_N1H.expand(-1, length, -1)
        queries_NLH = embeddings(input_ids=None, inputs_embeds=repeated_NLH, position_ids=places_1L)
    else:
        queries_NLH = embeddings.position_embeddings(places_1L) + first_N1H
    states: Tensor = getattr(model, _NAME)(queries_NLH, context_NLH, visible_NLL)
    return states


def _either(config: Any, name: str, of_distilbert: str) -> Any:
    return getattr(config, name) if hasattr(config, name) else getattr(config, of_distilbert)
