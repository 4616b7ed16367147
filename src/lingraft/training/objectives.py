"""The loss as a module that DeepSpeed can wrap, and the loss on held-out text.

Shapes: N rows, L tokens, P predictions.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lingraft.config.pretraining import Masking
from lingraft.corpus.token_files import TokenFile
from lingraft.errors import InputError
from lingraft.models.heads import attention_inputs, prediction_loss
from lingraft.training.batches import Batch, RowBuilder, held_out_batches


class LanguageModeling(nn.Module):
    """Summed cross-entropy of a language model's predictions, in nats."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        ids_NL: Tensor,
        positions_P: Tensor,
        targets_P: Tensor,
        real_NL: Tensor | None = None,
        documents_NL: Tensor | None = None,
    ) -> Tensor:
        inputs = attention_inputs(self.model, real_NL, documents_NL)
        return prediction_loss(self.model, ids_NL, positions_P, targets_P, **inputs)


def to_tensors(batch: Batch, device: torch.device | str) -> dict[str, Tensor]:
    """A batch as the arguments of `LanguageModeling`."""
    arrays = {
        "ids_NL": batch.ids_NL,
        "positions_P": batch.positions_P,
        "targets_P": batch.targets_P,
        "real_NL": batch.real_NL,
        "documents_NL": batch.documents_NL,
    }
    tensors = {name: torch.from_numpy(a) for name, a in arrays.items() if a is not None}
    if torch.device(device).type == "cpu":
        return tensors
    # From pinned memory the copy to the GPU runs beside the GPU's other work.
    return {name: t.pin_memory().to(device, non_blocking=True) for name, t in tensors.items()}


@dataclass(frozen=True)
class HeldOutLoss:
    """Loss on held-out text."""

    nats: float  # summed over the predictions
    predictions: int
    tokens_per_byte: float  # of the split, special tokens not counted

    @property
    def loss(self) -> float:
        """Nats per predicted token."""
        return self.nats / max(1, self.predictions)

    @property
    def bits_per_byte(self) -> float:
        """Comparable across vocabularies; for a masked model it is a pseudo-likelihood."""
        return self.loss / math.log(2) * self.tokens_per_byte


@torch.no_grad()
def held_out_loss(
    model: Any,
    file: TokenFile,
    *,
    objective: str,
    sequence_length: int = 512,
    rows: int | None = None,
    masking: Masking | None = None,
    document_attention: bool = False,
    batch_size: int = 32,
    device: torch.device | str = "cpu",
    share: tuple[int, int] = (0, 1),
) -> HeldOutLoss:
    """Loss of a model on (a fixed sample of) the rows of a held-out split.

    Rows, and what is hidden in them, are the same for every model of the same vocabulary.

    Args:
        model: a Hugging Face language model, or a `LanguageModeling` around one.
        file: the held-out tokens.
        objective: "masked" or "causal".
        sequence_length: tokens per row.
        rows: at most so many rows, None for all.
        masking: what is hidden; the default recipe if None. Whole words are not respected here.
        document_attention: whether tokens see their own document only.
        batch_size: rows at a time; changes nothing but memory.
        device: where the model is.
        share: (process, processes): this process's share of the batches; sums add up.

    Raises:
        InputError: the split is empty.
    """
    if not len(file.tokens_N):
        raise InputError(f"{file.path} is empty: the corpus has no held-out text")
    loss_of = model if isinstance(model, LanguageModeling) else LanguageModeling(model)
    masking = (masking or Masking()).model_copy(update={"whole_words": False})
    builder = RowBuilder(
        file.meta.specials, sequence_length, objective, masking,
        document_attention=document_attention,
    )  # fmt: skip
    was_training = loss_of.training
    loss_of.eval()
    batches = held_out_batches(file, builder, rows, batch_size)
    nats, predictions = _sum_up(loss_of, batches, device, share)
    loss_of.train(was_training)
    counts = file.counts
    return HeldOutLoss(nats, predictions, counts.content_tokens / max(1, counts.bytes))


def _sum_up(
    loss_of: nn.Module, batches: Iterable[Batch], device: torch.device | str, share: tuple[int, int]
) -> tuple[float, int]:
    nats, predictions = 0.0, 0
    process, processes = share
    for number, batch in enumerate(batches):
        if number % processes == process and batch.predictions:
            nats += float(loss_of(**to_tensors(batch, device)))
            predictions += batch.predictions
    return nats, predictions
