"""The loss as a module that DeepSpeed can wrap.

Shapes: N rows, L tokens, P predictions.
"""

from typing import Any

import torch
from torch import Tensor, nn

from lingraft.models.heads import attention_inputs, prediction_loss
from lingraft.models.scoring.losses import token_losses
from lingraft.training.batches import Batch


class LanguageModeling(nn.Module):
    """Cross-entropy of a language model's predictions in nats: their sum, or one for each."""

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
        apart: bool = False,
    ) -> Tensor:
        inputs = attention_inputs(self.model, real_NL, documents_NL)
        if apart:
            return token_losses(self.model, ids_NL, positions_P, targets_P, **inputs)
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
