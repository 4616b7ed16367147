"""initialize: from a request and settings to the new matrices and an account of every row.

    W = method.weights(request)               the method's own layers
    W = (roles, kept tokens) over W           special tokens by role, in the default mode
    E = W E_source, rescaled, then filled     the same W for input, output, bias, coordinates

Shapes: S source rows, T target rows (padded), D dimensions, R width of the factorization.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from lingraft.errors import InputError
from lingraft.initialization.bias import target_bias
from lingraft.initialization.fill import Filler, filler
from lingraft.initialization.match import match_keys, role_copies
from lingraft.initialization.method import Method
from lingraft.initialization.request import Request
from lingraft.initialization.rescale import rescale
from lingraft.initialization.weights import Layer, Provenance, Weights, copies
from lingraft.numeric.arrays import Numbers
from lingraft.numeric.factorization import factorize


@dataclass(frozen=True, eq=False)
class Initialized:
    """The target's matrices; a row is a token of the target, rows past its vocabulary are padding.

    With a factorization `embeddings_TD` are coordinates (T, R) and `primitives_RD` is set: the
    embeddings are their product.
    """

    embeddings_TD: Numbers
    weights: Weights
    output_TD: Numbers | None = None
    bias_T: Numbers | None = None
    primitives_RD: Numbers | None = None
    tables: Mapping[str, Numbers] = field(default_factory=dict)
    """Further tables of tokens (T, X) by the name of their parameter."""
    tokens: list[str] = field(default_factory=list)
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What was decided on the way, e.g. the bias policy that `auto` stood for."""


def initialize(request: Request, settings: Method) -> Initialized:
    """Initialize the embeddings of the target vocabulary by a method.

    Raises:
        ConfigError: the method needs evidence that the request lacks.
        InputError: the evidence is unusable, or a result is not finite.
    """
    weights = method_weights(request, settings)
    # From here on rows of padding are rows of the target too: models want round numbers of rows.
    tokens = _row_tokens(request, settings.pad_to_multiple_of)
    weights = weights.padded(len(tokens), request.target.present_T)
    fill = weights.fill or _filler(request, settings)
    basis_SR, primitives_RD = _factors(request, settings)
    rows_of = partial(_rows, weights, request=request, settings=settings, fill=fill, tokens=tokens)
    embeddings_TR = rows_of("embeddings", basis_SR)
    output_TD = None
    if request.output_SD is not None and primitives_RD is None:
        output_TD = rows_of("output", request.output_SD)
    tables = {name: rows_of(name, table_SX) for name, table_SX in request.tables.items()}
    bias_T, policy = target_bias(request, weights, settings)
    facts = {"bias": policy, **weights.account}
    return Initialized(
        embeddings_TR, weights, output_TD, bias_T, primitives_RD, tables, tokens, facts
    )


def method_weights(request: Request, settings: Method) -> Weights:
    """W of the method; special tokens by role and, in extensions, old tokens are put over it."""
    return settings.weights(request).under(_trusted_layers(request, settings))


def _trusted_layers(request: Request, settings: Method) -> list[Layer]:
    by_role = settings.mode == "default" and settings.special_tokens == "role"
    layers = [role_copies(request, settings.special_token_map, only_overrides=not by_role)]
    if settings.extends_source:
        pairs = match_keys(
            request.target.tokens, request.source.tokens, candidates=request.candidate_ids
        )
        layers.append(copies(Provenance.EXACT, *pairs, request.columns))
    return layers


def _row_tokens(request: Request, multiple: int) -> list[str]:
    # Rounded up to a multiple. Rows of padding get names of their own, because a filled row depends
    # on its token's string.
    rows = -(-len(request.target) // multiple) * multiple
    tokens = list(request.target.tokens) + [""] * (rows - len(request.target))
    return [token or f"<padding {row}>" for row, token in enumerate(tokens)]


def _factors(request: Request, settings: Method) -> tuple[Numbers, Numbers | None]:
    dimensions = request.embeddings_SD.shape[1]
    if settings.width is None or settings.width == dimensions:
        return request.embeddings_SD, None
    if settings.width > dimensions:
        raise InputError(
            f"width {settings.width} is more than the model's {dimensions} embedding dimensions"
        )
    factors = factorize(request.embeddings_SD, settings.width)
    dtype = request.embeddings_SD.dtype
    return factors.coordinates_NR.astype(dtype), factors.primitives_RD.astype(dtype)


def _filler(request: Request, settings: Method) -> Filler:
    return filler(settings.fill, request.seed, request.source.roles.get("unk"))


def _rows(
    weights: Weights,
    name: str,
    source_SD: Numbers,
    request: Request,
    settings: Method,
    fill: Filler,
    tokens: list[str],
) -> Numbers:
    rows_TD = weights.apply(source_SD)
    weights.put_generated(rows_TD, name)
    rescale(rows_TD, weights, source_SD, settings.rescale, request.candidate_ids)
    filled_F = weights.rows(Provenance.FILL, Provenance.PADDING)
    rows_TD[filled_F] = fill(_statistics_rows(request, settings, source_SD), tokens, filled_F)
    if not np.isfinite(rows_TD).all():
        raise InputError("the initialized embeddings are not finite: a vector was not")
    return rows_TD


def _statistics_rows(request: Request, settings: Method, source_SD: Numbers) -> Numbers:
    # The authors' codes take the statistics of all rows, also of those without a token.
    rows_SD = source_SD if settings.mode == "reference" else source_SD[request.candidate_ids]
    return np.asarray(rows_SD, np.float64)
