"""WECHSEL: combine each target token from its nearest source tokens in aligned word vectors.

Minixhofer, Paischer and Rekabsaz, "WECHSEL: Effective initialization of subword embeddings for
cross-lingual transfer of monolingual language models", NAACL 2022.

Shapes: T target tokens, S source tokens, E dimensions of the word vectors.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.config.initialization import Wechsel
from lingraft.initialization.evidence.auxiliary import frequencies, known, text_vectors, word_means
from lingraft.initialization.evidence.spaces import common_space
from lingraft.initialization.fill import whole_matrix_normal
from lingraft.initialization.match import match_keys
from lingraft.initialization.request import Request
from lingraft.initialization.similarity import softmax_of_nearest
from lingraft.initialization.weights import Layer, Provenance, Weights, copies, stack
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.vectorset import VectorSet

_FALLBACK_SEED = 1234


def wechsel(request: Request, settings: Wechsel) -> Weights:
    """Weights of WECHSEL; see `lingraft.config.initialization.Wechsel` for the options.

    The reference mode leaves source tokens without a vector among the candidates (at similarity
    zero), looks tokens up as `tokenizer.decode` spells them, counts words with every spelling that
    contains a token, and copies special tokens of the same string.
    """
    source_vectors, target_vectors, alignment = common_space(request, "wechsel", settings.mode)
    source_SE = alignment.map_source(_token_vectors(request.source, source_vectors, settings))
    target_TE = alignment.map_target(_token_vectors(request.target, target_vectors, settings))
    sources = request.candidate_ids
    if settings.mode == "default":
        sources = sources[known(source_SE)[sources]]
    targets = np.flatnonzero(known(target_TE))
    layer = softmax_of_nearest(
        targets,
        target_TE[targets],
        sources,
        source_SE[sources],
        request.columns,
        neighbors=settings.neighbors,
        temperature=settings.temperature,
    )
    layers = [*_copied(request, settings), layer]
    weights = stack(layers, len(request.target), request.columns)
    if settings.mode == "reference":
        return replace(weights, fill=whole_matrix_normal(_FALLBACK_SEED))
    return weights


def _token_vectors(table: TokenTable, vectors: VectorSet, settings: Wechsel) -> NDArray[Any]:
    """A vector for each token (V, E), zero where nothing is known."""
    is_reference = settings.mode == "reference"
    if settings.auxiliary == "subword":
        texts = table.keys("stripped") if is_reference else table.texts
        return text_vectors(texts, vectors, verbatim=is_reference)
    count = settings.maximum_words
    means_VE = word_means(
        table,
        vectors.words[:count],
        vectors.vectors_WE[:count],
        frequencies(vectors)[:count],
        counted="spelling" if is_reference else "word",
    )
    if not is_reference:
        means_VE[table.special_T] = 0.0
    return means_VE


def _copied(request: Request, settings: Wechsel) -> list[Layer]:
    if settings.mode == "reference":
        return [_same_special_strings(request)]
    if settings.copy_overlap == "none":
        return []
    pairs = match_keys(
        request.target.keys("canonical"),
        request.source.keys("canonical"),
        candidates=request.candidate_ids,
    )
    return [copies(Provenance.EXACT, *pairs, request.columns)]


def _same_special_strings(request: Request) -> Layer:
    tokens: list[str] = []
    for value in request.source.tokenizer.special_tokens_map.values():
        tokens += [value] if isinstance(value, str) else list(value)
    shared = sorted({token for token in tokens if token in request.target.ids})
    return copies(
        Provenance.ROLE, _ids(request.target, shared), _ids(request.source, shared), request.columns
    )


def _ids(table: TokenTable, tokens: Sequence[str]) -> NDArray[np.int64]:
    return np.array([table.ids[token] for token in tokens], np.int64)
