"""FVT: copy tokens that both vocabularies have, combine the source's pieces of the others.

Gee et al. (2022), Fast Vocabulary Transfer for Language Model Compression, section 3; WVT weighs
the pieces by length. With `extends_source` the same rule initializes tokens that were added to a
vocabulary (InternSVG), from their own text or from a description.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lingraft.config.initialization.decomposition import Fvt
from lingraft.errors import ConfigError
from lingraft.initialization.evidence.pieces import known, split, split_tokens, token_texts, weigh
from lingraft.initialization.match import shared_tokens
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Provenance, Weights, combined, copies, stack

_MARK = re.compile(r"^(##|Ġ|▁)")


def fvt(request: Request, settings: Fvt) -> Weights:
    """Copies of the overlap, and means of pieces; tokens without a known piece are left to fill.

    Raises:
        ConfigError: a description is of no token.
    """
    is_reference = settings.mode == "reference"
    target_N, source_N = shared_tokens(request, settings.mode)
    described_N = np.isin(target_N, _described(request, settings))
    rows_M = np.setdiff1d(request.target_ids, target_N[~described_N])
    pieces = _pieces(request, settings, rows_M.tolist())
    weights_MS = weigh(
        _with_rows(request, pieces) if is_reference else known(request, pieces),
        _lengths(request, is_reference),
        settings.piece_weights,
        request.columns,
    )
    overlap = copies(
        Provenance.EXACT, target_N[~described_N], source_N[~described_N], request.columns
    )
    layers = [overlap, combined(rows_M, weights_MS)]
    return stack(layers, len(request.target), request.columns)


def _described(request: Request, settings: Fvt) -> list[int]:
    ids = request.target.ids
    if unknown := [token for token in settings.descriptions if token not in ids]:
        raise ConfigError(f"descriptions: {unknown[0]!r} is not in the target vocabulary")
    return [ids[token] for token in settings.descriptions]


def _pieces(request: Request, settings: Fvt, rows: Sequence[int]) -> list[list[int]]:
    """Pieces of each token's text, by option of its description, which is text like any other."""
    tokens = [request.target.tokens[row] for row in rows]
    if settings.mode == "reference":
        return split(request.source, [_MARK.sub("", token) for token in tokens])
    pieces = split_tokens(request.source, token_texts(request.target, rows))
    descriptions = [settings.descriptions.get(token, "") for token in tokens]
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
    texts = request.source.tokens if is_reference else request.source.texts
    lengths = np.zeros(max(request.columns, len(texts)), np.int64)
    lengths[: len(texts)] = [max(1, len(text)) for text in texts]
    return lengths
