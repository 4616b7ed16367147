"""InfoNCE: a query's positive against what else is in the batch, or against its own negatives.

sentence-transformers has it, without three things: two texts that belong together somewhere in the
batch are never negatives of each other here, a query may have given vectors, and the negatives of
other queries can be left out. The division into mini batches (GradCache) is the library's.

Shapes: B examples of a batch (of all devices where they are several), C columns, Q rows that are
computed at once, D documents of a batch, E dimensions, V different texts of a batch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from sentence_transformers.base.losses.gradcache import CachedLossMixin
from sentence_transformers.base.losses.merged_forward import embed_columns
from sentence_transformers.util import all_gather, all_gather_with_grad, get_rank
from torch import Tensor, nn
from torch.distributed import is_initialized

from lingraft.encoders.loss import Rivals


@dataclass(frozen=True)
class ContrastSettings:
    """What is compared with what.

    Attributes:
        temperature: of the softmax.
        symmetric: also a positive's query against the queries of the batch.
        hard_only: only a query's own negatives are its rivals.
        hardness: which rivals count more, the more similar they are; None for none.
    """

    temperature: float
    symmetric: bool = False
    hard_only: bool = False
    hardness: Rivals | None = None


class Contrastive(nn.Module):
    """InfoNCE over cosines.

    Args:
        student: a SentenceTransformer.
        texts_NC: number of each text of each example of the stage, -1 behind an example's last;
            equal texts have the same number.
        how: what is compared with what.
        queries_NE: given vectors of the queries; without them the student embeds the first column.
    """

    def __init__(
        self,
        student: Any,
        texts_NC: Tensor,
        how: ContrastSettings,
        queries_NE: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.model = student
        self.how = how
        self.strength = 0.0
        """Strength of the hardness: this times the cosine is added to a rival's logit."""
        # They are as long as the data, and stay where they are.
        self._texts_NC, self._queries_NE = texts_NC, queries_NE

    def forward(self, columns: Iterable[dict[str, Any]], labels: Tensor) -> Tensor:
        """The mean loss.

        Args:
            columns: queries (unless their vectors are given), positives, and negatives.
            labels: B, the examples' numbers.
        """
        return self.compare(embed_columns(self.model, columns), labels)

    def compare(self, vectors: Sequence[Tensor], numbers_B: Tensor) -> Tensor:
        """The mean loss of vectors, a tensor B x E for each column."""
        batch = self._batch(vectors, numbers_B)
        return self._losses(batch, range(len(numbers_B))).mean()

    def _batch(self, vectors: Sequence[Tensor], numbers_B: Tensor) -> "_Batch":
        """The batch of all devices."""
        numbers_B = numbers_B.cpu()
        vectors = list(vectors)
        if self._queries_NE is not None:
            vectors.insert(0, self._queries_NE[numbers_B, : vectors[0].shape[1]].to(vectors[0]))
        texts_BC = self._texts_NC[numbers_B, : len(vectors)].to(vectors[0].device)
        first = 0
        if is_initialized() and not self.how.hard_only:
            first = get_rank() * len(numbers_B)
            vectors, texts_BC = [all_gather_with_grad(v) for v in vectors], all_gather(texts_BC)
        _, places_BC = torch.unique(texts_BC, return_inverse=True)
        return _Batch(vectors[0], vectors[1:], places_BC, first)

    def _losses(self, batch: "_Batch", rows: range) -> Tensor:
        """The losses (Q) of some queries of this device."""
        rows_Q = torch.arange(rows.start, rows.stop, device=batch.queries_BE.device) + batch.first
        own_QD = batch.own(rows_Q)
        cosines_QD = _cosines(batch.queries_BE[rows_Q], torch.cat(batch.documents))
        logits_QD = cosines_QD / self.how.temperature
        if self.strength:
            logits_QD = logits_QD + self._penalty(cosines_QD.detach(), own_QD, batch.size)
        hidden_QD = batch.known_documents(rows_Q)
        if self.how.hard_only:
            hidden_QD = hidden_QD | ~own_QD
        losses_Q = _cross_entropy(logits_QD, hidden_QD, rows_Q)
        if not self.how.symmetric:
            return losses_Q
        back_QB = _cosines(batch.documents[0][rows_Q], batch.queries_BE) / self.how.temperature
        return (losses_Q + _cross_entropy(back_QB, batch.known_queries(rows_Q), rows_Q)) / 2

    def _penalty(self, cosines_QD: Tensor, own_QD: Tensor, size: int) -> Tensor:
        """What hardness adds to the logits of rivals."""
        counted_QD = ~own_QD if self.how.hardness == "in-batch" else own_QD
        if self.how.hardness == "all":
            counted_QD = torch.ones_like(own_QD)
        is_positive_D = torch.arange(own_QD.shape[1], device=own_QD.device) < size
        return self.strength * cosines_QD * (counted_QD & ~(own_QD & is_positive_D))


class CachedContrastive(CachedLossMixin, Contrastive):  # type: ignore[misc]  # the library has no types
    """InfoNCE in two passes, which holds the activations of one mini batch at a time.

    Args:
        mini_batch: texts that are embedded at once, and rows that are compared at once.
        given: the arguments of `Contrastive`.
    """

    def __init__(self, *given: Any, mini_batch: int) -> None:
        super().__init__(*given)
        self.mini_batch_size = mini_batch
        self._half: torch.dtype | None = None  # what autocast computes in, if it is on

    def forward(self, columns: Iterable[dict[str, Any]], labels: Tensor) -> Tensor:
        """The mean loss; its gradients are computed by a hook of `backward`."""
        kind = labels.device.type
        self._half = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None
        loss: Tensor = self.forward_cached(columns, labels)  # type: ignore[operator]
        return loss

    def embed_minibatch(self, *given: Any, **named: Any) -> Any:
        """Embed a mini batch, in the second pass, after autocast's end, as in the first.

        Args:
            given: as the library's.
            named: as the library's.
        """
        kind = self.model.device.type
        with torch.autocast(kind, self._half, enabled=self._half is not None):
            return super().embed_minibatch(*given, **named)

    def calculate_loss(
        self, reps: list[list[Tensor]], labels: Tensor, *, with_backward: bool = False
    ) -> Tensor:
        """The mean loss of vectors.

        Args:
            reps: for each column its mini batches, as the library calls them.
            labels: B, the examples' numbers.
            with_backward: also compute the gradients of the vectors.
        """
        batch = self._batch([torch.cat(parts) for parts in reps], labels)
        total = torch.zeros((), device=labels.device)
        for begin in range(0, len(labels), self.mini_batch_size):
            rows = range(begin, min(begin + self.mini_batch_size, len(labels)))
            loss = self._losses(batch, rows).sum() / len(labels)
            if with_backward:
                loss.backward()  # type: ignore[no-untyped-call]
                loss = loss.detach()
            total = total + loss
        return total


@dataclass(frozen=True)
class _Batch:
    """The vectors of a batch, and which of its texts are the same.

    Attributes:
        queries_BE: of all devices.
        documents: positives, and negatives, each B x E; put one after the other they are D.
        texts_BC: which text is where, from 0 to V - 1.
        first: place of this device's first query.
    """

    queries_BE: Tensor
    documents: list[Tensor]
    texts_BC: Tensor
    first: int

    @property
    def size(self) -> int:
        return len(self.queries_BE)

    def own(self, rows_Q: Tensor) -> Tensor:
        """Which documents (Q x D) are those of the query's own example."""
        places_D = torch.arange(self.size * len(self.documents), device=rows_Q.device)
        return rows_Q[:, None] == places_D % self.size

    def known_documents(self, rows_Q: Tensor) -> Tensor:
        """Which documents (Q x D) belong to a query, or are the same text."""
        queries_B, documents_D = self.texts_BC[:, 0], self.texts_BC[:, 1:].T.flatten()
        return _belong(queries_B, self.texts_BC[:, 1], rows_Q, documents_D)

    def known_queries(self, rows_Q: Tensor) -> Tensor:
        """Which queries (Q x B) belong to a positive, or are the same text."""
        queries_B, positives_B = self.texts_BC[:, 0], self.texts_BC[:, 1]
        return _belong(positives_B, queries_B, rows_Q, queries_B)


def _belong(left_B: Tensor, right_B: Tensor, rows_Q: Tensor, candidates_D: Tensor) -> Tensor:
    """Whether the left text of a row and a candidate are the same text or a pair of the batch."""
    texts_Q = left_B[rows_Q]
    row, pair = (texts_Q[:, None] == left_B).nonzero(as_tuple=True)
    count = int(max(left_B.max(), candidates_D.max())) + 1
    known_QV = torch.zeros(len(rows_Q), count, dtype=torch.bool, device=rows_Q.device)
    known_QV[row, right_B[pair]] = True
    known_QV.scatter_(1, texts_Q[:, None], True)
    return known_QV[:, candidates_D]


def _cosines(left_QE: Tensor, right_DE: Tensor) -> Tensor:
    """Cosines in fp32 or better: at a low temperature the rounding of bf16 outweighs them."""
    with torch.autocast(left_QE.device.type, enabled=False):
        left_QE, right_DE = (
            nn.functional.normalize(v.to(torch.promote_types(v.dtype, torch.float32)), dim=1)
            for v in (left_QE, right_DE)
        )
        return left_QE @ right_DE.T


def _cross_entropy(logits_QD: Tensor, hidden_QD: Tensor, right_Q: Tensor) -> Tensor:
    """The cross-entropy (Q) of the right candidates against those that are not hidden."""
    is_right_QD = torch.zeros_like(hidden_QD).scatter_(1, right_Q[:, None], True)
    logits_QD = logits_QD.masked_fill(hidden_QD & ~is_right_QD, -torch.inf)
    return nn.functional.cross_entropy(logits_QD, right_Q, reduction="none")
