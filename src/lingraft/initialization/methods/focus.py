"""FOCUS: combine new tokens from the tokens that both vocabularies have, by sparsemax.

Dobler and de Melo, "FOCUS: Effective embedding initialization for monolingual specialization of
multilingual models", EMNLP 2023.

Shapes: T target tokens, S source tokens, E dimensions of the auxiliary vectors.
"""

import string
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lingraft.config.initialization import Focus
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.evidence.auxiliary import checked, known, text_vectors
from lingraft.initialization.evidence.text import texts
from lingraft.initialization.fill import torch_stream_normal
from lingraft.initialization.match import Fold, Pairs, fold, match_keys
from lingraft.initialization.request import Request, need
from lingraft.initialization.similarity import sparsemax_of_all
from lingraft.initialization.weights import Layer, Provenance, Weights, copies, stack
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.training import TokenVectors, train_token_vectors

Vectors = NDArray[np.float64]


def focus(request: Request, settings: Focus) -> Weights:
    """Weights of FOCUS; see `lingraft.config.initialization.Focus` for the options.

    Anchors are the shared tokens that have an auxiliary vector; where the target vocabulary extends
    the source's, only those that the language's own tokenizer has too. The reference mode matches
    by the authors' canonical forms and takes id 0 of that tokenizer for missing.
    """
    auxiliary_TE = _auxiliary_vectors(request, settings)
    overlap = _overlap(request, settings)
    shared = np.unique(np.concatenate([layer.rows_N for layer in overlap]))
    if len(shared) == 0:
        raise InputError("focus needs tokens that both vocabularies have; these share none")
    sources_T = np.full(len(request.target), -1)
    for layer in reversed(overlap):
        sources_T[layer.rows_N] = layer.weights_NS.indices
    anchors = _anchors(request, settings, shared, auxiliary_TE)
    new = np.setdiff1d(np.flatnonzero(known(auxiliary_TE)), shared)
    layer = sparsemax_of_all(
        new, auxiliary_TE[new], sources_T[anchors], auxiliary_TE[anchors], request.columns
    )
    weights = stack([*overlap, layer], len(request.target), request.columns)
    if settings.mode == "reference":
        return replace(weights, fill=torch_stream_normal(settings.reference_seed))
    return weights


def _auxiliary_vectors(request: Request, settings: Focus) -> Vectors:
    """A vector for each target token (T, E), zero where the auxiliary space lacks it."""
    space = _word_space if settings.auxiliary == "word" else _token_space
    index, vectors_WE = space(request, settings)
    tokens = enumerate(request.target.tokens)
    found = [(row, index[token]) for row, token in tokens if token and token in index]
    if not found:
        raise InputError("focus: no token of the target vocabulary has an auxiliary vector")
    rows, words = np.array(found).T
    auxiliary_TE = np.zeros((len(request.target), vectors_WE.shape[1]))
    auxiliary_TE[rows] = vectors_WE[words]
    return checked(auxiliary_TE)


def _word_space(request: Request, settings: Focus) -> tuple[Mapping[str, int], Vectors]:
    """Word vectors of the text of each token of the target language's tokenizer."""
    vectors = need(
        request.evidence.target_vectors, "focus", "target word vectors (--target-vectors)"
    )
    if len(vectors) > 1:
        raise ConfigError("focus with auxiliary: word takes one target language")
    own = request.evidence.language_tokenizer
    table = request.target if own is None else TokenTable.of(own)
    if settings.mode == "default":
        return table.ids, text_vectors(table.texts, vectors[0])
    entries = vectors[0].with_sentence_end()
    return table.ids, text_vectors(table.keys("stripped"), entries, verbatim=True)


def _token_space(request: Request, settings: Focus) -> tuple[Mapping[str, int], Vectors]:
    """Token vectors as given, or trained on the target corpus."""
    space = request.evidence.token_vectors
    if space is None:
        corpora = need(request.evidence.corpora, "focus", "--corpora or --token-vectors")
        options = TokenVectors(
            dimension=settings.dimension,
            epochs=settings.epochs,
            minimum_count=settings.minimum_count,
        )
        tokenizer = request.evidence.language_tokenizer or request.target.tokenizer
        space = train_token_vectors(texts(corpora), tokenizer, options)
    space = space.with_sentence_end()  # here `</s>` is a token
    return space.index, space.vectors_WE.astype(np.float64)


def _overlap(request: Request, settings: Focus) -> list[Layer]:
    """Layers of copied rows: the same form first, then symbols and folded forms."""
    exact, folded = (_reference_pairs if settings.mode == "reference" else _default_pairs)(request)
    layers = [copies(Provenance.EXACT, *exact, request.columns)]
    if settings.overlap == "exact" and not settings.match_symbols:
        return layers
    if settings.overlap == "exact":
        is_symbol_N = np.array([_is_symbol(request.target, row) for row in folded[0]], bool)
        folded = folded[0][is_symbol_N], folded[1][is_symbol_N]
    return [*layers, copies(Provenance.FUZZY, *folded, request.columns)]


def _default_pairs(request: Request) -> tuple[Pairs, Pairs]:
    target_keys, source_keys = request.target.canonical, request.source.canonical
    exact = match_keys(target_keys, source_keys, candidates=request.candidate_ids)
    how: Fold = "case-and-space"
    target_folded, source_folded = fold(target_keys, how), fold(source_keys, how)
    # Among tokens that differ by case or space alone, the plain one is the better guess.
    ranked = sorted(request.candidate_ids, key=lambda i: (source_keys[i] != source_folded[i], i))
    return exact, match_keys(target_folded, source_folded, candidates=ranked)


def _reference_pairs(request: Request) -> tuple[Pairs, Pairs]:
    """The authors' views: of equal forms the last wins; of folded ones the last that is plain."""
    target_keys, source_keys = request.target.keys("focus"), request.source.keys("focus")
    candidates = request.candidate_ids
    exact = match_keys(
        target_keys, source_keys, candidates=candidates, tie="last", matches_empty=True
    )
    target_folded, source_folded = _folded(target_keys), _folded(source_keys)
    plain = [i for i in reversed(candidates) if source_keys[i] == source_folded[i]]
    ranked = plain + [i for i in candidates if source_keys[i] != source_folded[i]]
    return exact, match_keys(target_folded, source_folded, candidates=ranked, matches_empty=True)


def _folded(keys: Sequence[str]) -> list[str]:
    return [key.replace("▁", "").lower() for key in keys]


def _is_symbol(table: TokenTable, row: int) -> bool:
    """Numbers, punctuation, space and special tokens."""
    text = table.canonical[row].strip()
    is_punctuation = all(character in string.punctuation for character in text)
    return bool(table.special_T[row]) or text.isnumeric() or is_punctuation


def _anchors(
    request: Request, settings: Focus, shared: NDArray[np.int64], auxiliary_TE: Vectors
) -> NDArray[np.int64]:
    """Shared target tokens that new ones may be combined from."""
    usable = known(auxiliary_TE)[shared]
    if settings.mode == "default":
        usable &= ~request.target.special_T[shared]
    own = request.evidence.language_tokenizer
    if own is not None:
        vocabulary = own.get_vocab()
        first = 1 if settings.mode == "reference" else 0
        tokens = request.target.tokens
        usable &= np.array([vocabulary.get(tokens[row], -1) >= first for row in shared])
    if not usable.any():
        raise InputError("no token that both vocabularies have has a token vector to combine by")
    return np.asarray(shared[usable])
