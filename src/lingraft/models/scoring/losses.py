"""The losses of windows, their sums by document, and the measure that is made of them.

The bits per byte of a masked model, loss / ln 2 x tokens / bytes, are a pseudo measure: they
compare models, not codes. Losses are in nats.

Shapes: W windows, T tokens (padded), P predicted places, C of them at a time, D documents.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from lingraft.models.heads import logits_at, originals
from lingraft.models.rows import batch_tokens, batches_by_length, padded
from lingraft.models.scoring.windows import IGNORED, DocumentWindows, LossWindow
from lingraft.numeric.arrays import Float64

TokenLosses = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class DocumentLoss:
    """What a document adds to the loss.

    Attributes:
        loss: summed over its predicted tokens, in nats.
        predicted: number of predicted tokens.
        tokens: number of all its tokens.
        bytes: of its text in UTF-8.
    """

    loss: float
    predicted: int
    tokens: int
    bytes: int


@dataclass(frozen=True)
class WindowBatch:
    """Windows as the tensors of one forward pass.

    Attributes:
        ids_WT: input ids, padded.
        real_WT: True where a token is, False where padding is.
        windows_P: the window of each predicted place, in row-major order.
        places_P: row * T + place.
        labels_P: the token that is right there.
    """

    ids_WT: Tensor
    real_WT: Tensor
    windows_P: Tensor
    places_P: Tensor
    labels_P: Tensor

    @classmethod
    def of(cls, rows: Sequence[LossWindow], padding: int, device: torch.device) -> Self:
        """Pad the windows to one length.

        Args:
            rows: the windows.
            padding: id of the padding token.
            device: where the tensors are.
        """
        ids_WT = torch.tensor(padded([row.inputs for row in rows], padding), device=device)
        real_WT = torch.tensor(padded([[1] * len(row.inputs) for row in rows], 0), device=device)
        labels_WT = torch.tensor(padded([row.labels for row in rows], IGNORED), device=device)
        windows_P, _ = (labels_WT != IGNORED).nonzero(as_tuple=True)
        places_P = (labels_WT.flatten() != IGNORED).nonzero().squeeze(1)
        return cls(ids_WT, real_WT == 1, windows_P, places_P, labels_WT.flatten()[places_P])


def document_losses(text: DocumentWindows, losses_W: Float64) -> list[DocumentLoss]:
    """What each document adds, in order.

    Args:
        text: the documents as windows.
        losses_W: the loss of each window.
    """
    loss_D = np.zeros(len(text.tokens))
    predicted_D = np.zeros(len(text.tokens), dtype=np.int64)
    for window, loss in zip(text.windows, losses_W, strict=True):
        loss_D[window.document] += loss
        predicted_D[window.document] += window.predictions
    columns = zip(loss_D.tolist(), predicted_D.tolist(), text.tokens, text.bytes, strict=True)
    return [DocumentLoss(*values) for values in columns]


def summarize(losses: Sequence[DocumentLoss], causal: bool) -> dict[str, tuple[float, float]]:
    """Loss, bits per byte and, of causal models, perplexity: value and standard error of each."""
    loss_D, predicted_D, tokens_D, bytes_D = (
        np.array([getattr(part, name) for part in losses], dtype=np.float64)
        for name in ("loss", "predicted", "tokens", "bytes")
    )
    loss = loss_D.sum() / predicted_D.sum()
    # Standard error of a ratio of two sums (delta method). The unit is the document, because the
    # losses of the tokens of one document are not independent.
    error = float(np.sqrt(((loss_D - loss * predicted_D) ** 2).sum()) / predicted_D.sum())
    # All tokens count here, not only the predicted ones. The mean loss of the predicted tokens is
    # taken for every token.
    bits = tokens_D.sum() / bytes_D.sum() / math.log(2)
    values = {"loss": (float(loss), error), "bits_per_byte": (float(loss * bits), error * bits)}
    if causal:
        # exp() overflows float64 above 709. The error of exp(x) is exp(x) times the error of x
        # (delta method).
        perplexity = math.exp(min(loss, 700))
        values["perplexity"] = (perplexity, perplexity * error)
    return values


@torch.no_grad()  # inference mode would spoil weights that ZeRO-3 gathers for a training
def window_losses(
    model: Any,
    windows: Sequence[LossWindow],
    padding: int,
    *,
    budget: int | None = None,
    share: tuple[int, int] = (0, 1),
    losses_of: TokenLosses | None = None,
) -> Float64:
    """Sum of the losses of each window's labels in nats, W values, in the order of the windows.

    Args:
        model: with its head, in evaluation mode.
        windows: rows of forward passes.
        padding: id of the padding token.
        budget: padded tokens of a forward pass; None takes what suits the device.
        share: (process, processes): this process's share of the batches. The other windows are 0,
            so that the sum over the processes is what one process finds.
        losses_of: computes `token_losses` by another way through the model.
    """
    process, processes = share
    losses_W = np.zeros(len(windows))
    lengths = [len(window.inputs) for window in windows]
    batches = list(batches_by_length(lengths, budget or batch_tokens(model)))[process::processes]
    losses_of = losses_of or _through(model)
    for batch in tqdm(batches, desc="held-out loss", disable=None, leave=False):
        rows = [windows[i] for i in batch]
        losses_W[batch] = _batch_losses(losses_of, rows, padding, model.device)
    return losses_W


def token_losses(
    model: Any, ids_WT: Tensor, places_P: Tensor, labels_P: Tensor, **inputs: Any
) -> Tensor:
    """The cross-entropy of each prediction in nats: P values in fp32.

    Args:
        model: a Hugging Face model with a language modeling head.
        ids_WT: input ids.
        places_P: row * T + place of the outputs that predict.
        labels_P: ids of the right tokens.
        inputs: further inputs of the model's body (attention mask, position ids).
    """
    inputs |= originals(model, ids_WT, places_P, labels_P)
    return torch.cat(list(_chunks(model, ids_WT, places_P, labels_P, inputs)))


def _chunks(
    model: Any, ids_WT: Tensor, places_P: Tensor, labels_P: Tensor, inputs: dict[str, Any]
) -> Iterator[Tensor]:
    begin = 0
    # The layer over the vocabulary, most of the work of a small model, runs at these places only.
    for logits_CV in logits_at(model, ids_WT, places_P, **inputs):
        targets_C = labels_P[begin : begin + len(logits_CV)]
        # bfloat16 has 8 bits of precision, too few for a softmax over a vocabulary.
        yield torch.nn.functional.cross_entropy(logits_CV.float(), targets_C, reduction="none")
        begin += len(logits_CV)


def _through(model: Any) -> TokenLosses:
    def losses_of(ids_WT: Tensor, places_P: Tensor, labels_P: Tensor, real_WT: Tensor) -> Tensor:
        return token_losses(model, ids_WT, places_P, labels_P, attention_mask=real_WT.long())

    return losses_of


def _batch_losses(
    losses_of: TokenLosses, rows: Sequence[LossWindow], padding: int, device: torch.device
) -> Float64:
    batch = WindowBatch.of(rows, padding, device)
    losses_P = losses_of(batch.ids_WT, batch.places_P, batch.labels_P, batch.real_WT)
    # On a GPU, index_add_ adds in an undefined order. In float64 the order changes only the last
    # digits, also in long windows.
    sums_W = torch.zeros(len(rows), dtype=torch.float64, device=losses_P.device)
    return np.asarray(sums_W.index_add_(0, batch.windows_P, losses_P.double()).cpu().numpy())
