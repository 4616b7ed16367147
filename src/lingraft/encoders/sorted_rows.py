"""Batches without much padding: the body reads short texts and long texts apart.

A batch is padded to its longest text, and most texts are short: the greater part of the work would
be on padding. Nothing else changes: every layer of a transformer works on each row by itself.

Shapes: N texts, L tokens of a text (padded), H hidden size.
"""

from collections.abc import Sequence
from typing import Any

import torch
from sentence_transformers.base.modules import Transformer
from torch import Tensor, nn

_SHRINKS = 0.8  # a new group begins where texts are this much shorter than the group's longest
_FEWEST = 4  # rows of a group: a forward pass has costs of its own


class SortedTransformer(Transformer):  # type: ignore[misc]  # the library has no types
    """A first module of a SentenceTransformer that reads texts of similar lengths together."""

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """The features with the vectors of all tokens; those of padding are zeros.

        Args:
            features: tokenized texts, padded on the right.
            kwargs: further arguments for the body.
        """
        mask_NL = features["attention_mask"]
        groups = group_rows(mask_NL)
        if len(groups) == 1:
            return dict(super().forward(features, **kwargs))
        made = []
        for rows in groups:
            width = int(mask_NL[rows].sum(dim=1).max())
            part = {
                name: value[rows, :width] if _is_of_tokens(value, mask_NL) else value
                for name, value in features.items()
            }
            made.append(super().forward(part, **kwargs))
        place_N = torch.argsort(torch.cat([torch.as_tensor(rows) for rows in groups]))
        place_N = place_N.to(mask_NL.device)
        width = mask_NL.shape[1]
        features["token_embeddings"] = _joined(
            [one["token_embeddings"] for one in made], width, place_N
        )
        if "all_layer_embeddings" in made[0]:
            layers = zip(*(one["all_layer_embeddings"] for one in made), strict=True)
            features["all_layer_embeddings"] = tuple(
                _joined(layer, width, place_N) for layer in layers
            )
        return features


def group_rows(mask_NL: Tensor) -> list[list[int]]:
    """Rows of a batch in groups of similar lengths, the longest first.

    Rows that are padded on the left stay together.

    Args:
        mask_NL: 0 for padding.
    """
    lengths = mask_NL.sum(dim=1).tolist()
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    if not bool(mask_NL[:, 0].all()):
        return [list(range(len(lengths)))]
    groups: list[list[int]] = [[]]
    for row in order:
        longest = lengths[groups[-1][0]] if groups[-1] else lengths[row]
        if len(groups[-1]) >= _FEWEST and lengths[row] < _SHRINKS * longest:
            groups.append([])
        groups[-1].append(row)
    if len(groups) > 1 and len(groups[-1]) < _FEWEST:
        few = groups.pop()
        groups[-1] += few
    return groups


def read_sorted(encoder: Any) -> None:
    """Let an encoder that is trained read its batches so; its weights and its files stay the same.

    Args:
        encoder: a SentenceTransformer.
    """
    if type(encoder[0]) is Transformer:
        # Another class of the same object: the body and its parameters must be the ones at hand.
        encoder[0].__class__ = SortedTransformer


def _is_of_tokens(value: Any, mask_NL: Tensor) -> bool:
    return isinstance(value, Tensor) and value.shape[:2] == mask_NL.shape


def _joined(parts: Sequence[Tensor], width: int, place_N: Tensor) -> Tensor:
    """Groups of rows as one tensor (N x width x H), in the order of the batch."""
    padded = [nn.functional.pad(part, (0, 0, 0, width - part.shape[1])) for part in parts]
    return torch.cat(padded)[place_N]
