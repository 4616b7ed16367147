"""Squared distances to given vectors, relative to their length.

Shapes: N texts, E dimensions of a vector.
"""

from collections.abc import Iterable
from typing import Any

from sentence_transformers.base.modules import Normalize
from sentence_transformers.sentence_transformer.losses.matryoshka import ForwardDecorator
from torch import Tensor, nn


class RelativeDistance(nn.Module):
    """|student - given|^2 / |given|^2, a mean over the texts of all columns.

    Args:
        student: a SentenceTransformer. Where it makes vectors of length 1, so do the given ones
            count.
    """

    def __init__(self, student: Any) -> None:
        super().__init__()
        self.model = student

    @property
    def _makes_units(self) -> bool:
        """Whether the student ends in a normalization, or MatryoshkaLoss normalizes after it."""
        is_cut = isinstance(self.model.forward, ForwardDecorator)
        return is_cut or isinstance(self.model[-1], Normalize)

    def forward(self, columns: Iterable[dict[str, Any]], labels: Tensor) -> Tensor:
        """The mean loss.

        Args:
            columns: tokenized columns; every column is compared with the same vectors.
            labels: N x E. Where the student's vectors have fewer dimensions (Matryoshka), these
                are cut alike.
        """
        losses = []
        for column in columns:
            made_NE: Tensor = self.model(column)["sentence_embedding"]
            given_NE = labels[:, : made_NE.shape[1]].to(made_NE)
            if self._makes_units:
                given_NE = nn.functional.normalize(given_NE, dim=1)
            distances_N = (made_NE - given_NE).square().sum(dim=1)
            losses.append((distances_N / given_NE.square().sum(dim=1)).mean())
        return sum(losses) / len(losses)  # type: ignore[return-value]
