"""TokAlign: each target token takes the row of the one source token that occurs in like places.

Li et al. (2025), TokAlign: Efficient Vocabulary Adaptation via Token Alignment, section 3. Both
tokenizers encode the same corpora; GloVe gives each vocabulary vectors; cosines to shared tokens
(pivots) make them comparable; the most similar source token is copied, the same string first.

Shapes: T target tokens, S source tokens, E dimensions, P pivots.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lingraft.config.initialization.cooccurrence import TokAlign
from lingraft.errors import InputError
from lingraft.initialization.evidence.text import encoded
from lingraft.initialization.match import shared_tokens
from lingraft.initialization.request import Request, need
from lingraft.initialization.weights import Layer, Provenance, Weights, combined, copies, stack
from lingraft.numeric import sparse
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.rows import unit_rows
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.glove import Glove, token_vectors

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def tokalign(request: Request, settings: TokAlign) -> Weights:
    """Copies: same strings first, then by surroundings.

    The authors compare by the inner product of the cosines to the pivots, and give tokens without a
    vector the row of a random source token. Both are done in `mode: reference` only; by default
    the cosine of these cosines decides, and such tokens are left to fill.

    Raises:
        ConfigError: there is no corpus.
        InputError: no shared token is frequent enough to be a pivot.
    """
    corpora = need(request.evidence.corpora, "tokalign", "corpora of text to count tokens in")
    overlap = shared_tokens(request, settings.mode)
    source_SE = _vectors(request.source, corpora, settings)
    target_TE = _vectors(request.target, corpora, settings)
    source_SE[~_usable(request)] = 0.0
    layers = [
        copies(Provenance.EXACT, *overlap, request.columns),
        _most_similar(request, settings, overlap, source_SE, target_TE),
    ]
    if settings.mode == "reference":
        layers.append(_random_copies(request))
    return stack(layers, len(request.target), request.columns)


def relative(vectors_VE: Floats, pivots_P: Ints, *, of_unit_length: bool = True) -> Floats:
    """Cosines of each token to the pivots (V, P), as unit rows; zero where there is no vector.

    Args:
        of_unit_length: False leaves the rows as they are, as the authors' code does: tokens that
            are near to many pivots then have long rows and win the product with any other row.
    """
    units_VE = unit_rows(vectors_VE)
    cosines_VP = units_VE @ units_VE[pivots_P].T
    return np.asarray(unit_rows(cosines_VP) if of_unit_length else cosines_VP)


def _vectors(table: TokenTable, corpora: Sequence[Path], settings: TokAlign) -> Floats:
    glove = Glove(
        settings.dimension,
        settings.window,
        settings.iterations,
        settings.weight_ceiling,
        settings.learning_rate,
        settings.minimum_count,
    )
    return token_vectors(encoded(table, corpora), table.tokens, glove, settings.pivot_seed)


def _usable(request: Request) -> NDArray[np.bool_]:
    """True for source ids that have a row and are no special tokens."""
    usable_V = np.zeros(len(request.source), bool)
    usable_V[request.candidate_ids] = True
    return usable_V & ~request.source.special_T


def _most_similar(
    request: Request,
    settings: TokAlign,
    overlap: tuple[Ints, Ints],
    source_SE: Floats,
    target_TE: Floats,
) -> Layer:
    shared_O = target_TE[overlap[0]].any(axis=1) & source_SE[overlap[1]].any(axis=1)
    if not shared_O.any():
        raise InputError("tokalign: no token is shared and frequent in the corpora of both sides")
    chosen_P = _pivots(request, settings, overlap[0], np.flatnonzero(shared_O))
    sources_M = np.flatnonzero(source_SE.any(axis=1))
    targets_N = np.flatnonzero(target_TE.any(axis=1) & ~request.target.special_T)
    of_unit_length = settings.mode == "default"
    sources_SP, targets_TP = (
        relative(vectors_VE, pivots_P, of_unit_length=of_unit_length)
        for vectors_VE, pivots_P in (
            (source_SE, overlap[1][chosen_P]),
            (target_TE, overlap[0][chosen_P]),
        )
    )
    relative_SP, relative_TP = sources_SP[sources_M], targets_TP[targets_N]
    best_N1, _ = nearest(relative_TP, relative_SP, 1)
    return combined(targets_N, sparse.one_hot(sources_M[best_N1[:, 0]], request.columns))


def _pivots(request: Request, settings: TokAlign, targets_O: Ints, shared: Ints) -> Ints:
    """Positions in the overlap, drawn from those of shared tokens in the order of their strings."""
    ordered = sorted(shared, key=lambda position: request.target.tokens[targets_O[position]])
    random = np.random.default_rng(settings.pivot_seed)
    count = min(settings.pivots, len(ordered))
    return np.array(ordered, np.int64)[random.choice(len(ordered), count, replace=False)]


def _random_copies(request: Request) -> Layer:
    random = np.random.default_rng(request.seed)
    targets = request.target_ids
    drawn = random.choice(request.candidate_ids, len(targets))
    return combined(targets, sparse.one_hot(drawn, request.columns))
