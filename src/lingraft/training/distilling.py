"""Losses between a model and its teacher, which reads the same text in pieces of its own.

The teacher is the source model; it is neither trained nor part of what is trained. Dropout is off,
as the teacher has none. A step's loss is the sum over spans of text, divided by their number.

Shapes: N rows, L tokens of a row, P tokens in spans, S spans, H hidden size.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from lingraft.config.distillation import SourceDistillation
from lingraft.errors import ConfigError
from lingraft.models.heads import attention_inputs, bent, hidden_states, last_layer, logit_cap
from lingraft.models.layers import (
    first_layers,
    inputs_of_projections,
    recompute_undropped,
    transformer_layers,
)
from lingraft.training.batches import BatchCounts
from lingraft.training.monitor import flops, forward_flops
from lingraft.training.objectives import LanguageModeling

_CHUNK_LOGITS = 1 << 25
_LEAST = 1e-7  # of a negative log-probability, so that the logarithm of 1 - p exists


@dataclass(frozen=True)
class SpanTokens:
    """One model's tokens of the rows.

    Attributes:
        ids_NL: the rows.
        real_NL: False for padding; None if there is none.
        places_P: flat places of the tokens in spans.
        targets_P: these tokens.
        spans_P: the span of each, rising.
    """

    ids_NL: Tensor
    real_NL: Tensor | None
    places_P: Tensor
    targets_P: Tensor
    spans_P: Tensor


@dataclass(frozen=True)
class States:
    """What a model makes of its pieces.

    Attributes:
        hidden_NLH: the last hidden states (of the layers that were computed).
        attended: of each compared layer what its attention brings together (N, L, H).
        pieces: the tokens.
    """

    hidden_NLH: Tensor
    attended: Sequence[Tensor]
    pieces: SpanTokens


@dataclass(frozen=True)
class FirstRows:
    """The rows of new tokens in the output layer as the initialization made them.

    Attributes:
        new_K: ids of the tokens.
        rows_KH: their rows.
    """

    new_K: Tensor
    rows_KH: Tensor

    @classmethod
    @torch.no_grad()
    def of(cls, model: Any, new_V: NDArray[np.bool_]) -> "FirstRows":
        """The rows that an initialized model has now."""
        nothing_1H = torch.zeros(1, model.config.get_text_config().hidden_size, dtype=model.dtype)
        new_K = torch.from_numpy(np.flatnonzero(new_V))
        return cls(new_K, last_layer(model, nothing_1H)[1][new_K])


class Distilling(LanguageModeling):
    """The weighted sum of the losses of a stage.

    Args:
        model: what is trained.
        teacher: the source model, with the same layers; None where no loss asks it anything.
        settings: losses and their options.
        first: what the loss `head` compares with.
    """

    def __init__(
        self,
        model: Any,
        teacher: Any,
        settings: SourceDistillation,
        first: FirstRows | None = None,
    ) -> None:
        super().__init__(model)
        self.settings, self.first = settings, first
        if teacher is not None:
            teacher.eval().requires_grad_(False)
        self._unlisted = [teacher]  # in a list it is not a submodule
        self.layers = max(1, round(settings.depth * len(transformer_layers(model))))

    def train(self, mode: bool = True) -> "Distilling":
        """Dropout stays off."""
        super().train(False)
        if mode:
            recompute_undropped(self.model)
        return self

    def work(self, total: BatchCounts) -> float:
        own = flops(
            self.model, total.tokens, total.length, total.tokens if self.settings.predicting else 0
        )
        asked = total.taught if "chunks" in self.settings.losses else 0
        length = total.taught / max(1, total.rows)
        # The teacher's body is as the model's, and its head is about as large.
        read = forward_flops(self.model, total.taught, length, asked)
        if self.settings.losses.keys() == {"attention"}:
            return (own + read) * self.layers / len(transformer_layers(self.model))
        return own + (read if self.settings.asks_teacher else 0.0)

    def forward(
        self,
        ids_NL: Tensor,
        positions_P: Tensor,
        targets_P: Tensor,
        real_NL: Tensor | None = None,
        documents_NL: Tensor | None = None,
        apart: bool = False,
        **paired: Tensor,
    ) -> Tensor:
        if not paired:  # as in evaluation
            return super().forward(ids_NL, positions_P, targets_P, real_NL, documents_NL, apart)
        model = self.model
        (teacher,) = self._unlisted
        own = self._read(
            model, SpanTokens(ids_NL, real_NL, positions_P, targets_P, paired["spans_P"])
        )
        pieces = SpanTokens(
            paired["teacher_ids_NM"],
            paired["teacher_real_NM"],
            paired["teacher_positions_Q"],
            paired["teacher_targets_Q"],
            paired["teacher_spans_Q"],
        )

        @cache  # not at all where no loss asks for it
        def taught() -> States:
            if (teacher.dtype, teacher.device) != (model.dtype, model.device):
                teacher.to(model.device, model.dtype)
            with torch.no_grad():
                return self._read(teacher, pieces)

        nats = cache(partial(token_nats, model, own))  # two losses may want them
        sums = []
        for loss, weight in self.settings.losses.items():
            match loss:
                case "hidden":
                    value = self._difference(own, own.hidden_NLH, taught(), taught().hidden_NLH)
                case "attention":
                    pairs = zip(own.attended, taught().attended, strict=True)
                    parts = [self._difference(own, one, taught(), other) for one, other in pairs]
                    value = torch.stack(parts).mean()
                case "head":
                    value = self._moved(own)
                case "chunks":
                    with torch.no_grad():
                        taught_Q = token_nats(teacher, taught())
                    value = chunk_loss(
                        own.pieces, nats(), pieces, taught_Q, self.settings.temperature
                    )
                case "next-token":
                    value = nats().nan_to_num().sum()
            sums.append(weight * value)
        return torch.stack(sums).sum()

    def _moved(self, own: States) -> Tensor:
        """Squared changes of the logits of new tokens, summed over places and these tokens.

        The states count as they are: rows are kept from where the output layer looks, and free
        elsewhere.
        """
        if self.first is None:
            raise ConfigError("losses: head needs the rows of the initialization")
        hidden_PH = own.hidden_NLH.flatten(0, 1)[own.pieces.places_P]
        states_PH, weight_VH, _ = last_layer(self.model, hidden_PH)
        states_PH = states_PH.detach().float()
        rows_KH = weight_VH[self.first.new_K.to(weight_VH.device)].float()
        moved_KH = rows_KH - self.first.rows_KH.to(weight_VH).float()
        # The sum of squares of `states_PH @ moved_KH.T`, without that matrix.
        return ((moved_KH @ (states_PH.T @ states_PH)) * moved_KH).sum()

    def _read(self, model: Any, pieces: SpanTokens) -> States:
        inputs = attention_inputs(model, pieces.real_NL, None)
        asked = set(self.settings.losses)
        attended: Sequence[Tensor] = ()
        with ExitStack() as stack:
            if "attention" in asked:
                attended = stack.enter_context(inputs_of_projections(model, self.layers))
            if asked == {"attention"}:
                stack.enter_context(first_layers(model, self.layers))
            return States(hidden_states(model, pieces.ids_NL, **inputs), attended, pieces)

    def _difference(self, own: States, one: Tensor, taught: States, other: Tensor) -> Tensor:
        """The mean squared difference of the states of a span, summed over spans."""
        pool = partial(pooled, how=self.settings.pooling)
        one_SH, other_SH = pool(one, own.pieces), pool(other, taught.pieces)
        return (one_SH.float() - other_SH.float()).square().mean(-1).sum()


def pooled(states_NLH: Tensor, pieces: SpanTokens, how: str) -> Tensor:
    """The states of spans (S, H): those of their last tokens, or means over their tokens.

    Args:
        states_NLH: of all tokens.
        pieces: where the spans are.
        how: last or mean.
    """
    states_PH = states_NLH.flatten(0, 1)[pieces.places_P]
    counts_S = torch.bincount(pieces.spans_P)
    if how == "last":
        return states_PH[counts_S.cumsum(0) - 1]
    sums_SH = states_PH.new_zeros(len(counts_S), states_PH.shape[1], dtype=torch.float32)
    return sums_SH.index_add(0, pieces.spans_P, states_PH.float()) / counts_S[:, None]


def token_nats(model: Any, states: States) -> Tensor:
    """Minus the log-probability of each token in a span (P,); NaN where no token is before it.

    Args:
        model: a decoder.
        states: its last hidden states.
    """
    pieces = states.pieces
    is_first_P = pieces.places_P % pieces.ids_NL.shape[1] == 0
    before_P = (pieces.places_P - 1).clamp(min=0)
    hidden_PH, weight_VH, bias_V = last_layer(model, states.hidden_NLH.flatten(0, 1)[before_P])
    cap, size = logit_cap(model), max(1, _CHUNK_LOGITS // len(weight_VH))
    # The logits of a part are computed again for the gradients, and never all are there at once.
    parts = [
        checkpoint(_nats, part_CH, weight_VH, bias_V, targets_C, cap, use_reentrant=False)
        for part_CH, targets_C in zip(
            torch.split(hidden_PH, size), torch.split(pieces.targets_P, size), strict=True
        )
    ]
    nats_P: Tensor = torch.cat(parts)
    return nats_P.masked_fill(is_first_P, torch.nan)


def _nats(
    part_CH: Tensor,
    weight_VH: Tensor,
    bias_V: Tensor | None,
    targets_C: Tensor,
    cap: float | None,
) -> Tensor:
    logits_CV = bent(nn.functional.linear(part_CH, weight_VH, bias_V).float(), cap)
    return nn.functional.cross_entropy(logits_CV, targets_C, reduction="none")


def chunk_loss(
    own: SpanTokens, own_P: Tensor, taught: SpanTokens, taught_Q: Tensor, temperature: float
) -> Tensor:
    """Cross-entropy of "this span follows or not", at probabilities to the power 1 / temperature.

    A span that begins where nothing is predicted counts as 0. Minixhofer et al. 2025, equation of
    the approximate likelihood; spans are not merged where the teacher may begin a word.

    Args:
        own: tokens of the model that is trained.
        own_P: minus their log-probabilities.
        taught: tokens of the teacher.
        taught_Q: minus their log-probabilities.
        temperature: larger than 1 to look at unlikely spans too.
    """
    own_S, taught_S = (
        -nats.new_zeros(int(pieces.spans_P[-1]) + 1).index_add(0, pieces.spans_P, nats)
        for pieces, nats in ((own, own_P), (taught, taught_Q))
    )
    known_S = ~(own_S.isnan() | taught_S.isnan())
    own_S, taught_S = ((x_S[known_S] / temperature).clamp(max=-_LEAST) for x_S in (own_S, taught_S))
    wanted_S = taught_S.exp()
    follows_S, fails_S = own_S, torch.log(-torch.expm1(own_S))
    return -(wanted_S * follows_S + (1 - wanted_S) * fails_S).sum()
