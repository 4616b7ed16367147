"""The lexical baselines that ZeTT compares with: same strings, pieces, the unknown token.

Minixhofer et al. (2024), Zero-Shot Tokenizer Transfer, section 4 (`transfer_lexical.py`). The
authors bring both vocabularies to bytes and split by the model alone, as the reference mode does;
by default the canonical form of the token table is compared, and the whole tokenizer splits.

Shapes: N target tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from lingraft.initialization.method import Method, MethodCard
from lingraft.initialization.policies import FillPolicy

if TYPE_CHECKING:
    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Layer, Weights
    from lingraft.numeric.arrays import Int64


Pieces = Sequence[Sequence[int]]


class Lexical(Method):
    """The lexical baselines of ZeTT (Minixhofer et al., 2024), which use strings only."""

    method: Literal["lexical"] = "lexical"
    pieces: Literal["none", "all-known", "any-known"] = "none"
    """Tokens that the source does not have. `none`: leave them to `fill`; `all-known`: combine
    their pieces if all of them have a row (`fvt` in the authors' code); `any-known`: combine the
    pieces that have one (`bfvt`)."""
    fill: FillPolicy = "unknown"
    """Rows about which nothing is known; the authors' choices are `unknown` and `normal`."""

    card = MethodCard(
        title="Lexical baselines",
        idea=(
            "a token that the source has by the same string is copied. Others are left to `fill`, "
            "or combined from their pieces, by the whole source tokenizer (without a space of its "
            "own, see FVT)."
        ),
        equation="as FVT, with equal weights.",
        paper="The baselines of ZeTT (Minixhofer et al. 2024).",
        code="ZeTT's `transfer_lexical.py`",
    )
    revision = 1

    def weights(self, request: Request) -> Weights:
        """Copies of the overlap and, by option, means of pieces."""
        import numpy as np

        from lingraft.initialization.evidence.pieces import informative, pieces_of_tokens
        from lingraft.initialization.match import shared_tokens
        from lingraft.initialization.weights import Provenance, copies, stack

        if self.mode == "reference":
            return self._reference(request)
        target_N, source_N = shared_tokens(request)
        layers = [copies(Provenance.EXACT, target_N, source_N, request.columns)]
        if self.pieces != "none":
            rows_N = np.setdiff1d(request.target_ids, target_N)
            pieces = pieces_of_tokens(request.source, request.target, rows_N.tolist())
            layers.append(self._means(request, rows_N, pieces, informative(request, pieces)))
        return stack(layers, len(request.target), request.columns)

    def _reference(self, request: Request) -> Weights:
        """The authors' forms in bytes; unknown pieces count, those beyond the vocabulary do not."""
        import numpy as np

        from lingraft.initialization.evidence.byte_model import ByteVocabulary
        from lingraft.initialization.match import as_pairs, role_copies
        from lingraft.initialization.weights import Provenance, copies, stack

        source = ByteVocabulary(request.source)
        forms = ByteVocabulary(request.target).as_target
        rows = set(request.candidate_ids.tolist())
        usable = {form: index for form, index in source.ids.items() if index in rows}
        copied = [(int(t), usable[forms[t]]) for t in request.target_ids if forms[t] in usable]
        target_N, source_N = as_pairs(copied)
        exact = copies(Provenance.EXACT, target_N, source_N, request.columns)
        layers = [role_copies(request), exact]
        if self.pieces != "none":
            special_N = np.flatnonzero(request.target.special_T)  # there they are the source's
            rows_N = np.setdiff1d(request.target_ids, np.concatenate([target_N, special_N]))
            pieces = [source.pieces(forms[row]) for row in rows_N]
            kept = [[piece for piece in token if piece in rows] for token in pieces]
            layers.append(self._means(request, rows_N, pieces, kept))
        return stack(layers, len(request.target), request.columns)

    def _means(self, request: Request, rows_N: Int64, pieces: Pieces, kept: Pieces) -> Layer:
        """The mean of the pieces that are kept, by option only where all are."""

        from lingraft.initialization.evidence.pieces import weigh
        from lingraft.initialization.weights import combined

        if self.pieces == "all-known":
            pairs = zip(kept, pieces, strict=True)
            kept = [some if len(some) == len(all_) else [] for some, all_ in pairs]
        return combined(rows_N, weigh(kept, request.columns))
