"""The lexical baselines that ZeTT compares with: same strings, pieces, the unknown token.

Minixhofer et al. (2024), Zero-Shot Tokenizer Transfer, section 4 (`transfer_lexical.py`). The
authors bring both vocabularies to bytes first; the canonical form of the token table does it here.
"""

import numpy as np
from numpy.typing import NDArray

from lingraft.config.initialization.decomposition import Lexical
from lingraft.initialization.overlap import role_copies, shared_tokens
from lingraft.initialization.pieces import known, split, weigh
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Layer, Provenance, Weights, combined, copies, stack


def lexical(request: Request, settings: Lexical) -> Weights:
    """Copies of the overlap and, by option, means of pieces."""
    target_N, source_N = shared_tokens(request)
    layers = [copies(Provenance.EXACT, target_N, source_N, request.columns)]
    if settings.mode == "reference":
        layers.insert(0, role_copies(request))
    if settings.pieces != "none":
        layers.append(_pieces(request, settings, np.setdiff1d(request.target_ids, target_N)))
    return stack(layers, len(request.target), request.columns)


def _pieces(request: Request, settings: Lexical, rows_N: NDArray[np.int64]) -> Layer:
    texts = ["" if request.target.byte_T[row] else request.target.canonical[row] for row in rows_N]
    pieces = split(request.source, texts)
    kept = known(request, pieces)
    if settings.pieces == "all-known":
        kept = [
            some if len(some) == len(all_) else [] for some, all_ in zip(kept, pieces, strict=True)
        ]
    lengths_S = np.ones(request.columns, np.int64)
    return combined(rows_N, weigh(kept, lengths_S, "equal", request.columns))
