"""Supervised explicit semantic analysis: texts in a space whose axes are named concepts (SESA).

After the model of LinkedIn (2017), in small: an encoder gives each text K numbers between 0 and 1,
one for each known concept. It learns from tags (cross-entropy of each axis) and from pairs (related
texts must be nearer, by cosine, than unrelated ones, by a margin). So the axes can be read: a
text's largest ones are its tags. Here the encoder is one hidden layer on frozen vectors of texts.

N texts, E dimensions of their vectors, K concepts, P pairs, H hidden layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cosine_similarity

from lingraft.errors import InputError
from lingraft.numeric.arrays import Float32, Float64, Int64, Numbers
from lingraft.numeric.rows import unit_rows

_HIDDEN, _EPOCHS, _BATCH, _RATE = 128, 40, 32, 3e-3
_MARGIN = 0.5  # by which a related text is nearer than another one


@dataclass(frozen=True)
class ConceptSpace:
    """A trained encoder into the space of named concepts."""

    encoder: torch.nn.Module
    names: list[str]

    @torch.inference_mode()
    def axes(self, texts_NE: Float32) -> Float32:
        """How much each text has of each concept (N, K), between 0 and 1."""
        logits_NK = self.encoder(_inputs(texts_NE))
        found: Float32 = torch.sigmoid(logits_NK).numpy()
        return found

    def top(self, texts_NE: Float32, count: int) -> list[list[str]]:
        """The names of the largest axes of each text, the largest first."""
        order_NK = np.argsort(-self.axes(texts_NE), axis=1, kind="stable")
        return [[self.names[number] for number in row[:count]] for row in order_NK]


def learn_concepts(
    texts_NE: Float32, tags_NK: Numbers, pairs_P2: Int64, names: Sequence[str], seed: int = 0
) -> ConceptSpace:
    """Learn the space from tags and from pairs of related texts.

    The unrelated text of a pair is drawn from those that share no tag with its first one.

    Args:
        texts_NE: frozen vectors of the texts.
        tags_NK: 1 where a text has a concept, else 0.
        pairs_P2: rows of related texts; none trains on tags alone.
        names: of the concepts.
        seed: of the weights, the batches and the unrelated texts.

    Raises:
        InputError: a text's tags, or the names, are not those of K concepts, or no text has any.
    """
    if tags_NK.shape != (len(texts_NE), len(names)):
        raise InputError(f"{len(texts_NE)} texts and {len(names)} names cannot have tags of shape "
                         f"{tags_NK.shape}")  # fmt: skip
    if not tags_NK.any():
        raise InputError("no text has a concept: there is nothing to learn the axes from")
    tags = torch.from_numpy(np.asarray(tags_NK, np.float32))
    pairs = torch.from_numpy(np.asarray(pairs_P2, np.int64).reshape(-1, 2))
    inputs = _inputs(texts_NE)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = torch.nn.Sequential(
            torch.nn.Linear(texts_NE.shape[1], _HIDDEN),
            torch.nn.Tanh(),
            torch.nn.Linear(_HIDDEN, len(names)),
        )
        optimizer = torch.optim.Adam(encoder.parameters(), lr=_RATE)
        for _ in range(_EPOCHS):
            for batch in torch.split(torch.randperm(len(inputs)), _BATCH):
                optimizer.zero_grad()
                loss = binary_cross_entropy_with_logits(encoder(inputs[batch]), tags[batch])
                if len(pairs):
                    drawn = pairs[torch.randint(len(pairs), (_BATCH,))]
                    loss = loss + _ranking_loss(encoder, inputs, tags, drawn)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
    return ConceptSpace(encoder, list(names))


def _ranking_loss(
    encoder: torch.nn.Module, inputs: torch.Tensor, tags: torch.Tensor, pairs: torch.Tensor
) -> torch.Tensor:
    others = torch.randint(len(inputs), (len(pairs),))
    first, second, other = (
        torch.sigmoid(encoder(inputs[rows])) for rows in (pairs[:, 0], pairs[:, 1], others)
    )
    is_unrelated = (tags[pairs[:, 0]] * tags[others]).sum(dim=1) == 0
    gap = cosine_similarity(first, second) - cosine_similarity(first, other)
    return (torch.relu(_MARGIN - gap) * is_unrelated).mean()


def related_pairs(tags_NK: Numbers, count: int, seed: int = 0) -> tuple[Int64, Numbers]:
    """Pairs (P, 2) of different texts, and whether they share a concept; about half of them do.

    Args:
        tags_NK: 1 where a text has a concept, else 0.
        count: pairs to draw of each kind; repeated draws are left out.
        seed: of the draw.
    """
    generator = np.random.default_rng(seed)
    drawn = generator.integers(len(tags_NK), size=(40 * count, 2))
    drawn = np.unique(np.sort(drawn[drawn[:, 0] != drawn[:, 1]], axis=1), axis=0)
    generator.shuffle(drawn)
    share_P = (tags_NK[drawn[:, 0]] * tags_NK[drawn[:, 1]]).sum(axis=1) > 0
    chosen = np.sort(np.r_[np.flatnonzero(share_P)[:count], np.flatnonzero(~share_P)[:count]])
    return drawn[chosen], share_P[chosen]


def tag_precisions(axes_NK: Float32, tags_NK: Numbers) -> Float64:
    """The average precision with which the axes of each text that has tags rank them."""
    from sklearn.metrics import average_precision_score

    has_tags = tags_NK.any(axis=1)
    scores = [
        average_precision_score(tags_K, axes_K)
        for tags_K, axes_K in zip(tags_NK[has_tags], axes_NK[has_tags], strict=True)
    ]
    return np.array(scores, np.float64)


def pair_ranking(axes_NK: Float32, pairs_P2: Int64, is_related_P: Numbers) -> float:
    """Area under the curve: how often a related pair is nearer, by cosine, than another one."""
    from sklearn.metrics import roc_auc_score

    units_NK = unit_rows(axes_NK)
    cosines_P = (units_NK[pairs_P2[:, 0]] * units_NK[pairs_P2[:, 1]]).sum(axis=1)
    return float(roc_auc_score(is_related_P, cosines_P))


def _inputs(texts_NE: Float32) -> torch.Tensor:
    # Scaled so that a component of a unit vector is about 1, whatever the dimension.
    scaled = unit_rows(texts_NE) * np.float32(texts_NE.shape[1] ** 0.5)
    return torch.from_numpy(np.ascontiguousarray(scaled, dtype=np.float32))
