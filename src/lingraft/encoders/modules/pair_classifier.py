"""Classifiers of pairs of texts by the vectors of both.

Shapes: N pairs of a batch, M of the stage, E dimensions, C outputs.
"""

from collections.abc import Iterable
from typing import Any

import torch
from sentence_transformers.base.losses.merged_forward import embed_columns
from torch import Tensor, nn

HIDDEN = 512  # of DSE


class PairClassifier(nn.Module):
    """Cross-entropy of a linear layer over [u; v; |u - v|].

    Vectors that are cut (Matryoshka) are filled up with zeros: each length has the first columns of
    the layer. SoftmaxLoss of sentence-transformers, which this equals, cannot be cut.

    Args:
        student: a SentenceTransformer.
        outputs: C.
    """

    def __init__(self, student: Any, outputs: int) -> None:
        super().__init__()
        self.model = student
        self.width: int = student.get_embedding_dimension()
        self.head = self.make_head(outputs)

    def make_head(self, outputs: int) -> nn.Module:
        """The layers over what is known of a pair."""
        return nn.Linear(3 * self.width, outputs)

    def pair_features(self, left_NE: Tensor, right_NE: Tensor) -> list[Tensor]:
        """What is known of a pair."""
        return [left_NE, right_NE, (left_NE - right_NE).abs()]

    def logits(self, columns: Iterable[dict[str, Any]]) -> Tensor:
        """The outputs, N x C."""
        vectors = embed_columns(self.model, columns)
        left_NE, right_NE = (
            nn.functional.pad(given_NE, (0, self.width - given_NE.shape[1])) for given_NE in vectors
        )
        result: Tensor = self.head(torch.cat(self.pair_features(left_NE, right_NE), dim=1))
        return result

    def forward(self, columns: Iterable[dict[str, Any]], labels: Tensor) -> Tensor:
        """The mean cross-entropy.

        Args:
            columns: the first texts of the pairs, and the second ones.
            labels: N, the classes.
        """
        return nn.functional.cross_entropy(self.logits(columns), labels)


class DistilledPairs(PairClassifier):
    """DSE: half the task, half the squared distance to a teacher's logits.

    The layers are FC 512, ReLU, FC over [u; v; u * v; |u - v|]. Of two classes there is one output,
    which is compared with the difference of the teacher's two.

    Args:
        student: a SentenceTransformer.
        classes_M: of the pairs of the stage.
        teacher_MC: the teacher's logits, one for each class.
    """

    def __init__(self, student: Any, classes_M: Tensor, teacher_MC: Tensor) -> None:
        self._is_binary = teacher_MC.shape[1] == 2
        if self._is_binary:
            teacher_MC = teacher_MC[:, 1:] - teacher_MC[:, :1]
        super().__init__(student, teacher_MC.shape[1])
        # They are as long as the data, and stay where they are.
        self._classes_M, self._teacher_MC = classes_M, teacher_MC

    def make_head(self, outputs: int) -> nn.Module:
        """Two layers."""
        layers = nn.Linear(4 * self.width, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, outputs)
        return nn.Sequential(*layers)

    def pair_features(self, left_NE: Tensor, right_NE: Tensor) -> list[Tensor]:
        """What is known of a pair."""
        return [left_NE, right_NE, left_NE * right_NE, (left_NE - right_NE).abs()]

    def forward(self, columns: Iterable[dict[str, Any]], labels: Tensor) -> Tensor:
        """The mean of the two losses.

        Args:
            columns: the first texts of the pairs, and the second ones.
            labels: N, the numbers of the pairs.
        """
        logits_NC = self.logits(columns)
        numbers_N = labels.cpu()
        teacher_NC = self._teacher_MC[numbers_N].to(logits_NC)
        classes_N = self._classes_M[numbers_N].to(logits_NC.device)
        if self._is_binary:
            task = nn.functional.binary_cross_entropy_with_logits(
                logits_NC[:, 0], classes_N.to(logits_NC)
            )
        else:
            task = nn.functional.cross_entropy(logits_NC, classes_N)
        return (task + (logits_NC - teacher_NC).square().sum(dim=1).mean()) / 2
