"""The test of an initialized model: a text of copied tokens means the same to source and result.

A copied token has the source's row in every table, so a text of such tokens must get the source's
logits, although its ids are others now. Where this fails, the architecture has something about
tokens that initialization does not know.

Shapes: N texts, L tokens, C copied tokens, S source rows, T target rows.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lingraft.initialization.initialize import Initialized
from lingraft.initialization.installing.target_config import shares_padding
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Provenance, Weights
from lingraft.models.self_test import logits, require_close
from lingraft.numeric.arrays import Int64

_TOKENS = 12
_UNPADDED = 8


@dataclass(frozen=True)
class CopiedText:
    """A text in the ids of both vocabularies, and all tokens whose logits can be compared."""

    source_NL: Tensor
    target_NL: Tensor
    mask_NL: Tensor
    source_C: Tensor
    target_C: Tensor

    @classmethod
    def of(cls, request: Request, result: Initialized) -> "CopiedText | None":
        """The text, once alone and once padded; None where nothing is copied as it is."""
        if result.primitives_RD is not None:
            return None
        target_C, source_C = copied_rows(result.weights)
        ids = _text(request, target_C, source_C)
        if not len(ids):
            return None
        target_NL, source_NL = _twice(target_C[ids]), _twice(source_C[ids])
        mask_NL = torch.ones_like(target_NL)
        if (padding := _padding(request, target_C, source_C)) is not None:
            mask_NL[1, _UNPADDED:] = 0
            target_NL[1, _UNPADDED:], source_NL[1, _UNPADDED:] = padding
        return cls(
            source_NL, target_NL, mask_NL, torch.from_numpy(source_C), torch.from_numpy(target_C)
        )

    def ask(self, source: Any, bias_S: Any) -> Tensor:
        """The source's logits of the text for the copied tokens, less their bias."""
        return self._answers(source, self.source_NL, self.source_C, bias_S)

    def compare(self, renewed: Any, bias_T: Any, expected: Tensor) -> None:
        """Check that the result has the source's logits.

        Args:
            renewed: the model with the target's vocabulary.
            bias_T: its bias, or None.
            expected: the source's answer, from `ask`.

        Raises:
            InputError: it has others.
        """
        given = self._answers(renewed, self.target_NL, self.target_C, bias_T)
        require_close(renewed, given, expected, "the logits of a text of copied tokens")

    def _answers(self, model: Any, ids_NL: Tensor, columns_C: Tensor, bias: Any) -> Tensor:
        found = logits(model, ids_NL, self.mask_NL)[..., columns_C]
        if bias is not None:
            # A policy of its own decides about the bias, so that of a copied token may be another
            # one.
            found = found - torch.from_numpy(np.asarray(bias)).float()[columns_C]
        # Logits (places, C): those at padding are left out.
        return found[self.mask_NL.bool()]


def copied_rows(weights: Weights) -> tuple[Int64, Int64]:
    """Target and source ids of the rows that are one source row as it is, by rising target id."""
    codes = [code for code in Provenance if code.is_copy]
    rows_C = weights.rows(*codes)
    matrix_CS = weights.matrix_TS[rows_C]
    # Differences of `indptr` count the stored weights of each row.
    is_one_C = np.diff(matrix_CS.indptr) == 1
    return rows_C[is_one_C], matrix_CS[is_one_C].indices.astype(np.int64)


def _text(request: Request, target_C: Int64, source_C: Int64) -> Int64:
    """Which of the copied tokens are in the text (L,): low ids of either side, and others.

    Low ids, because that is where one vocabulary has special tokens and the other has not. A token
    that is padding on one side alone is in no text.
    """
    pads = []
    for table, ids_C in ((request.target, target_C), (request.source, source_C)):
        padding = None if shares_padding(table) else table.roles.get("pad")
        pads.append(ids_C == (-1 if padding is None else padding))
    # Padding on both sides, or on neither.
    usable = np.flatnonzero(pads[0] == pads[1])
    if not len(usable):
        return usable
    order = np.argsort(np.minimum(target_C, source_C)[usable], kind="stable")
    spread = np.linspace(0, len(usable) - 1, _TOKENS // 2).astype(np.int64)
    return np.concatenate([usable[order][: _TOKENS // 2], usable[spread]])


def _padding(request: Request, target_C: Int64, source_C: Int64) -> tuple[int, int] | None:
    """The pad tokens, target and source, where one is the other's copy."""
    pads = request.target.roles.get("pad"), request.source.roles.get("pad")
    pairs = set(zip(target_C.tolist(), source_C.tolist(), strict=True))
    return pads if pads in pairs else None  # type: ignore[return-value]


def _twice(ids_L: Int64) -> Tensor:
    return torch.from_numpy(np.stack([ids_L, ids_L]))
