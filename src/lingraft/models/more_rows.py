"""A model that knows more tokens for a while: rows behind its own ones, in memory alone.

The input may have more rows than the output. So a model can read tokens that it does not predict,
with the very head that it has.

Shapes: S rows of the model, N rows behind them, X numbers a row (of factorized embeddings, their
coordinates).
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lingraft.models.heads import model_type
from lingraft.models.token_tables import every_parameter, output_embeddings, rows_of, token_tables


@dataclass(frozen=True, eq=False)
class MoreRows:
    """What a model needs of tokens that it does not have."""

    embeddings_NX: Tensor
    output_NX: Tensor | None = None
    """Of the layer over the vocabulary, where this is not the embedding."""
    bias_N: Tensor | None = None
    """Of that layer, where it has one."""

    def __len__(self) -> int:
        """N."""
        return len(self.embeddings_NX)

    def __getitem__(self, part: slice) -> "MoreRows":
        """Some of the rows."""
        output_NX, bias_N = self.output_NX, self.bias_N
        return MoreRows(
            self.embeddings_NX[part],
            None if output_NX is None else output_NX[part],
            None if bias_N is None else bias_N[part],
        )


def why_not(model: Any) -> str:
    """Why a model cannot know more tokens for a while; empty where it can.

    Args:
        model: with its head.
    """
    kind, head = model_type(model), output_embeddings(model)
    if head is None:
        return f"a {kind} model has no layer over the vocabulary that lingraft knows"
    tables, parameters = token_tables(model), every_parameter(model)
    if tables.others:
        return f"a {kind} model has further tables of tokens ({min(tables.others)})"
    if any(parameters[name] is not getattr(head, "bias", None) for name in tables.biases):
        return f"a {kind} model adds numbers to its logits outside of their layer"
    return ""


@contextmanager
def more_inputs(model: Any, rows: MoreRows) -> Iterator[None]:
    """Let a model read more tokens, which have the ids S, S + 1, ...; it predicts its own ones.

    Args:
        model: changed for as long as the context lasts; `why_not` has no objection.
        rows: of these tokens.
    """
    with _longer(_owner(model.get_input_embeddings()), "weight", rows.embeddings_NX):
        yield


@contextmanager
def more_tokens(model: Any, rows: MoreRows) -> Iterator[None]:
    """Let a model read and predict more tokens, which have the ids S, S + 1, ...

    Args:
        model: changed for as long as the context lasts; `why_not` has no objection.
        rows: of these tokens.
    """
    head = output_embeddings(model)
    output_NX = rows.embeddings_NX if rows.output_NX is None else rows.output_NX
    with ExitStack() as stack:
        stack.enter_context(more_inputs(model, rows))
        stack.enter_context(_longer(_owner(head), "weight", output_NX))
        if rows.bias_N is not None:
            stack.enter_context(_longer(head, "bias", rows.bias_N))
        yield


def row_number(model: Any) -> int:
    """S, the number of rows that a model has."""
    return len(rows_of(model.get_input_embeddings()))


def _owner(layer: Any) -> nn.Module:
    """The module whose weight has a row a token."""
    owner: nn.Module = getattr(layer, "coordinates", layer)
    return owner


@contextmanager
def _longer(module: nn.Module, name: str, more: Tensor) -> Iterator[None]:
    own: nn.Parameter = getattr(module, name)
    # A new parameter: where the head is tied to the embedding, the other one keeps the old.
    longer = torch.cat([own.detach(), more.to(own)])
    setattr(module, name, nn.Parameter(longer, requires_grad=False))
    try:
        yield
    finally:
        setattr(module, name, own)
