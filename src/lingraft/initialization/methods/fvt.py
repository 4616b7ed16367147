"""FVT: copy tokens that both vocabularies have, combine the source's pieces of the others.

Gee et al. (2022), Fast Vocabulary Transfer for Language Model Compression, section 3; WVT weighs
the pieces by length. With `extends_source` the same rule initializes tokens that were added to a
vocabulary (InternSVG), from their own text or from a description.

Shapes: M target tokens that are not copied, S source rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from lingraft.config.token_lists import TokenList
from lingraft.errors import ConfigError
from lingraft.initialization.method import Method, MethodCard
from lingraft.initialization.policies import PieceWeights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Weights

_MARK = re.compile(r"^(##|Ġ|▁)")


class Fvt(Method):
    """FVT (Gee et al., 2022) and relatives: copy the overlap, the mean of the pieces elsewhere."""

    method: Literal["fvt"] = "fvt"
    piece_weights: PieceWeights = "equal"
    """Weights of the pieces. `equal`: FVT; `length`: by their number of characters (WVT); `first`,
    `last`: only one of them."""
    descriptions: TokenList = {}
    """Token -> text to take the pieces from instead of the token's own, for added special tokens
    (`<svg_path>: an outline made of curves`), or the path of a file with lines
    `token<TAB>description`, which `tokens` of an extended tokenizer reads, too."""

    card = MethodCard(
        title="FVT",
        idea=(
            "tokens that both vocabularies have are copied. Any other token is the mean of the "
            "pieces into which the source tokenizer splits it."
        ),
        equation="`e_t = sum_p w_p e_p / sum_p w_p` over the pieces p of t; w = 1 in FVT.",
        paper="Gee et al. (2022), *Fast Vocabulary Transfer for Language Model Compression*.",
    )
    revision = 1

    def weights(self, request: Request) -> Weights:
        """Copies of the overlap, and means of pieces; tokens without a known piece are filled.

        Raises:
            ConfigError: a description is of no token.
        """
        import numpy as np

        from lingraft.initialization.evidence.pieces import informative, weigh
        from lingraft.initialization.match import shared_tokens
        from lingraft.initialization.weights import Provenance, combined, copies, stack

        is_reference = self.mode == "reference"
        target_N, source_N = shared_tokens(request, self.mode)
        plain_N = ~np.isin(target_N, self._described(request))
        rows_M = np.setdiff1d(request.target_ids, target_N[plain_N])
        pieces = self._pieces(request, rows_M.tolist())
        weights_MS = weigh(
            _with_rows(request, pieces) if is_reference else informative(request, pieces),
            request.columns,
            self.piece_weights,
            _lengths(request, is_reference) if self.piece_weights == "length" else None,
        )
        overlap = copies(Provenance.EXACT, target_N[plain_N], source_N[plain_N], request.columns)
        layers = [overlap, combined(rows_M, weights_MS)]
        return stack(layers, len(request.target), request.columns)

    def _described(self, request: Request) -> list[int]:
        """Ids of the target tokens that have a description."""
        ids = request.target.ids
        if unknown := [token for token in self.descriptions if token not in ids]:
            raise ConfigError(f"descriptions: {unknown[0]!r} is not in the target vocabulary")
        return [ids[token] for token, text in self.descriptions.items() if text]

    def _pieces(self, request: Request, rows: Sequence[int]) -> list[list[int]]:
        """Pieces of each token's text, or of its description, which is text like any other."""
        from lingraft.initialization.evidence.pieces import pieces_of_tokens, split

        tokens = [request.target.tokens[row] for row in rows]
        if self.mode == "reference":
            return split(request.source, [_MARK.sub("", token) for token in tokens])
        pieces = pieces_of_tokens(request.source, request.target, rows)
        descriptions = [self.descriptions.get(token, "") for token in tokens]
        of_descriptions = split(request.source, descriptions)
        return [
            of_description if description else of_token
            for of_token, of_description, description in zip(
                pieces, of_descriptions, descriptions, strict=True
            )
        ]


def _with_rows(request: Request, pieces: list[list[int]]) -> list[list[int]]:
    return [[piece for piece in token if piece < request.columns] for token in pieces]


def _lengths(request: Request, is_reference: bool) -> NDArray[np.int64]:
    """Lengths by source id: of the bare text, in the authors' code of the string with its mark."""
    import numpy as np

    texts = request.source.tokens if is_reference else request.source.texts
    lengths = np.zeros(max(request.columns, len(texts)), np.int64)
    # At least 1: pieces without text would have no weight at all.
    lengths[: len(texts)] = [max(1, len(text)) for text in texts]
    return lengths
