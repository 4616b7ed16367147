"""The lexical baselines that ZeTT compares with: same strings, pieces, the unknown token.

Minixhofer et al. (2024), Zero-Shot Tokenizer Transfer, section 4 (`transfer_lexical.py`). The
authors bring both vocabularies to bytes and split by the model alone, as the reference mode does;
by default the canonical form of the token table is compared, and the whole tokenizer splits.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lingraft.config.initialization.decomposition import Lexical
from lingraft.initialization.byte_model import ByteVocabulary
from lingraft.initialization.evidence.pieces import known, split_tokens, token_texts, weigh
from lingraft.initialization.match import as_pairs, role_copies, shared_tokens
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Layer, Provenance, Weights, combined, copies, stack

Ints = NDArray[np.int64]
Pieces = Sequence[Sequence[int]]


def lexical(request: Request, settings: Lexical) -> Weights:
    """Copies of the overlap and, by option, means of pieces."""
    if settings.mode == "reference":
        return _reference(request, settings)
    target_N, source_N = shared_tokens(request)
    layers = [copies(Provenance.EXACT, target_N, source_N, request.columns)]
    if settings.pieces != "none":
        rows_N = np.setdiff1d(request.target_ids, target_N)
        pieces = split_tokens(request.source, token_texts(request.target, rows_N))
        layers.append(_means(request, settings, rows_N, pieces, known(request, pieces)))
    return stack(layers, len(request.target), request.columns)


def _reference(request: Request, settings: Lexical) -> Weights:
    """The authors' forms in bytes; unknown pieces count, those beyond the vocabulary do not."""
    source = ByteVocabulary(request.source)
    forms = ByteVocabulary(request.target).as_target
    rows = set(request.candidate_ids.tolist())
    usable = {form: index for form, index in source.ids.items() if index in rows}
    copied = [(int(t), usable[forms[t]]) for t in request.target_ids if forms[t] in usable]
    target_N, source_N = as_pairs(copied)
    layers = [role_copies(request), copies(Provenance.EXACT, target_N, source_N, request.columns)]
    if settings.pieces != "none":
        special_N = np.flatnonzero(request.target.special_T)  # there they are the source's
        rows_N = np.setdiff1d(request.target_ids, np.concatenate([target_N, special_N]))
        pieces = [source.pieces(forms[row]) for row in rows_N]
        kept = [[piece for piece in token if piece in rows] for token in pieces]
        layers.append(_means(request, settings, rows_N, pieces, kept))
    return stack(layers, len(request.target), request.columns)


def _means(
    request: Request, settings: Lexical, rows_N: Ints, pieces: Pieces, kept: Pieces
) -> Layer:
    """The mean of the pieces that are kept, by option only where all are."""
    if settings.pieces == "all-known":
        kept = [
            some if len(some) == len(all_) else [] for some, all_ in zip(kept, pieces, strict=True)
        ]
    lengths_S = np.ones(request.columns, np.int64)
    return combined(rows_N, weigh(kept, lengths_S, "equal", request.columns))
