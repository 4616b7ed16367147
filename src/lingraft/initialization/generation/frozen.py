"""A source model whose rows are given from outside, with a gradient to them and to nothing else.

Shapes: V rows of a vocabulary, X numbers of a row in all parts, W windows, P predictions.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from lingraft.errors import InputError
from lingraft.initialization.networks.basis import BIAS, EMBEDDINGS, OUTPUT
from lingraft.models.scoring.losses import WindowBatch, token_losses
from lingraft.models.token_tables import token_tables


class FrozenModel:
    """A model that stays as it is, and takes any vocabulary."""

    def __init__(self, model: Any, bias: float) -> None:
        """Freeze a model.

        Args:
            model: with a head, in evaluation mode.
            bias: of each token in the head, where the rows have none.

        Raises:
            InputError: it has further tables of tokens, which no generator makes.
        """
        self._tables, self._bias = token_tables(model), bias
        if self._tables.others:
            raise InputError(
                f"the source model has {min(self._tables.others)} by token, which a generator does "
                "not make: it cannot learn by this model's predictions; leave out `language_model`"
            )
        for parameter in model.parameters():
            parameter.requires_grad_(requires_grad=False)
        embeddings = model.get_input_embeddings()
        if getattr(embeddings, "padding_idx", None) is not None:
            embeddings.padding_idx = None  # it may be past the end of a smaller vocabulary
        self._losses = _LossesOfRows(model)

    def losses(self, rows: Mapping[str, Tensor], batch: WindowBatch) -> Tensor:
        """The cross-entropy of each prediction (P,) in nats.

        Args:
            rows: the parts of a vocabulary's rows by name: (V, D) and (V, 1).
            batch: windows of numbers of this vocabulary.
        """
        embeddings_VD = rows[EMBEDDINGS]
        bias_V = rows[BIAS][:, 0] if BIAS in rows else embeddings_VD.new_full(
            (len(embeddings_VD),), self._bias
        )  # fmt: skip
        values = dict.fromkeys(self._tables.embeddings, embeddings_VD)
        values |= dict.fromkeys(self._tables.output, rows.get(OUTPUT, embeddings_VD))
        values |= dict.fromkeys(self._tables.biases, bias_V)
        found: Tensor = functional_call(
            self._losses, {f"model.{name}": value for name, value in values.items()}, (batch,)
        )
        return found

    def to(self, device: torch.device) -> "FrozenModel":
        """Itself, on a device."""
        self._losses.to(device)
        return self


class _LossesOfRows(nn.Module):
    """What `functional_call` can call."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: WindowBatch) -> Tensor:
        real_WT = batch.real_WT.long()
        return token_losses(
            self.model, batch.ids_WT, batch.places_P, batch.labels_P, attention_mask=real_WT
        )
