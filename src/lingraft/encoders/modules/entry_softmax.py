"""Classification of definitions among the entries of a dictionary, or among tokens.

Shapes: N definitions, V entries or tokens, E dimensions.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

UNTRAINED = -100  # the class of an example that teaches nothing


class EntrySoftmax(nn.Module):
    """Cross-entropy of a frozen layer over the vectors of texts.

    Vectors that are cut (Matryoshka) are filled up with zeros.

    Args:
        student: a SentenceTransformer.
        layer: from vectors to logits.
    """

    def __init__(self, student: Any, layer: nn.Module) -> None:
        super().__init__()
        self.model, self.layer = student, layer
        self.width: int = student.get_embedding_dimension()

    def forward(self, columns: Iterable[dict[str, Any]], labels: Tensor) -> Tensor:
        """The mean cross-entropy of the examples that have a class; zero without any.

        Args:
            columns: the texts alone.
            labels: N, the classes, and -100 where there is none.
        """
        (column,) = columns
        vectors_NE = self.model(column)["sentence_embedding"]
        vectors_NE = nn.functional.pad(vectors_NE, (0, self.width - vectors_NE.shape[1]))
        summed = nn.functional.cross_entropy(
            self.layer(vectors_NE), labels, ignore_index=UNTRAINED, reduction="sum"
        )
        return summed / (labels != UNTRAINED).sum().clamp(min=1)


class EntryLayer(nn.Module):
    """The product with frozen vectors of entries, after a pooler that is trained.

    Args:
        entries_VE: the vectors of the entries.
        pooler: weight E x E and bias E of a dense layer, followed by GELU; None for no pooler.
    """

    def __init__(self, entries_VE: Tensor, pooler: tuple[Tensor, Tensor] | None) -> None:
        super().__init__()
        self.register_buffer("entries_VE", entries_VE, persistent=False)
        self.pooler: nn.Module = nn.Identity()
        if pooler is not None:
            dense = nn.Linear(entries_VE.shape[1], entries_VE.shape[1])
            with torch.no_grad():
                dense.weight.copy_(pooler[0])
                dense.bias.copy_(pooler[1])
            self.pooler = nn.Sequential(dense, nn.GELU())

    def forward(self, vectors_NE: Tensor) -> Tensor:
        """Logits, N x V."""
        return nn.functional.linear(self.pooler(vectors_NE), self.get_buffer("entries_VE"))
