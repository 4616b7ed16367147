"""OFA: copy what the vocabularies share, combine the rest in one multilingual word space.

Liu, Lin, Wang and Schuetze, "OFA: A framework of initializing unseen subword embeddings for
efficient large-scale multilingual continued pretraining", Findings of NAACL 2024. The
factorization of the paper is the option `width` of every method, since one W serves the coordinates
as well as full rows.

Shapes: T target tokens, S source tokens, E dimensions of the word vectors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.config.initialization import Ofa
from lingraft.errors import InputError
from lingraft.initialization.evidence.auxiliary import Unit, known, word_means
from lingraft.initialization.evidence.spaces import (
    add_text_vectors,
    multilingual_space,
    own_languages,
)
from lingraft.initialization.fill import whole_matrix_normal
from lingraft.initialization.match import Pairs, as_pairs, match_keys
from lingraft.initialization.request import Request
from lingraft.initialization.similarity import softmax_of_nearest
from lingraft.initialization.weights import Layer, Provenance, Weights, copies, stack
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.vectorset import VectorSet

Floats = NDArray[np.float64]
_FALLBACK_SEED = 114514
_ENGLISH = "eng"  # keys without a prefix


def ofa(request: Request, settings: Ofa) -> Weights:
    """Weights of OFA; see `lingraft.config.initialization.Ofa` for the options.

    The reference mode matches by the authors' standardized strings (on both sides the last of
    several equal ones counts, source id 0 never matches without regard to case), counts a word with
    every spelling that contains a token, describes tokens of either side by words of all languages,
    and leaves source tokens without a vector among the candidates.
    """
    overlap = _overlap(request, settings)
    combined = [_nearest(request, settings, overlap)] if settings.neighbors else []
    weights = stack([*overlap, *combined], len(request.target), request.columns)
    if settings.mode == "reference":
        return replace(weights, fill=whole_matrix_normal(_FALLBACK_SEED))
    return weights


def _nearest(request: Request, settings: Ofa, overlap: Sequence[Layer]) -> Layer:
    """Tokens that have a vector and are not copied, from the nearest source tokens."""
    source_SE, target_TE = _auxiliary_vectors(request, settings)
    targets = np.setdiff1d(
        np.flatnonzero(known(target_TE)), np.concatenate([layer.rows_N for layer in overlap])
    )
    sources = request.candidate_ids
    if settings.mode == "default":
        sources = sources[known(source_SE)[sources]]
    return softmax_of_nearest(
        targets,
        target_TE[targets],
        sources,
        source_SE[sources],
        request.columns,
        neighbors=settings.neighbors,
        temperature=settings.temperature,
    )


def spellings(word: str) -> Sequence[str]:
    """The spellings of a key that are tokenized; `$` marks a word boundary (ColexNet+)."""
    text = word.replace("$", " ")
    if word.startswith("$"):
        return text, " " + text, text[1:2].upper() + text[2:]
    return text, " " + text, " " + text[:1].upper() + text[1:]


def _auxiliary_vectors(request: Request, settings: Ofa) -> tuple[Floats, Floats]:
    space = multilingual_space(request, "ofa", settings.mode)
    is_reference = settings.mode == "reference"
    own = ([], []) if is_reference else own_languages(request)
    source_words = select_words(space, settings.source_languages or own[0], settings.maximum_words)
    target_words = select_words(space, settings.target_languages or own[1], settings.maximum_words)
    counted: Unit = "spelling" if is_reference else "word"
    source_SE = token_vectors(request.source, *source_words, counted)
    target_TE = token_vectors(request.target, *target_words, counted)
    if not is_reference:
        source_SE[request.source.special_T] = 0.0
        target_TE[request.target.special_T] = 0.0
        if settings.subwords:
            add_text_vectors(request, source_SE, target_TE)
    return source_SE, target_TE


def select_words(
    vectors: VectorSet, languages: Sequence[str], maximum: int | None
) -> tuple[list[str], NDArray[Any]]:
    """Words without their language prefix and their vectors, of some languages or all."""
    chosen: list[int] = []
    words: list[str] = []
    seen: dict[str, int] = {}
    for position, key in enumerate(vectors.words):
        has_prefix = len(key) > 4 and key[3] == ":"
        language, word = (key[:3], key[4:]) if has_prefix else (_ENGLISH, key)
        seen[language] = seen.get(language, 0) + 1
        is_wanted = not languages or language in languages
        if is_wanted and seen[language] <= (maximum or len(vectors.words)):
            chosen.append(position)
            words.append(word)
    if not chosen:
        found = ", ".join(sorted(seen)) or "no words"
        raise InputError(f"ofa: the multilingual vectors hold {found}, not {', '.join(languages)}")
    return words, vectors.vectors_WE[chosen]


def token_vectors(
    table: TokenTable, words: Sequence[str], vectors_WE: NDArray[Any], counted: Unit
) -> Floats:
    """The mean vector of the words that a token is in (V, E)."""
    return word_means(table, words, vectors_WE, variants=spellings, counted=counted)


def _overlap(request: Request, settings: Ofa) -> list[Layer]:
    if settings.overlap == "none":
        return [copies(Provenance.EXACT, *_NO_PAIRS, request.columns)]
    matched = _reference_overlap if settings.mode == "reference" else _default_overlap
    exact, fuzzy = matched(request.target, request.source, request.candidate_ids)
    layers = [copies(Provenance.EXACT, *exact, request.columns)]
    if settings.overlap == "case":
        layers.append(copies(Provenance.FUZZY, *fuzzy, request.columns))
    return layers


def _default_overlap(
    target: TokenTable, source: TokenTable, candidates: NDArray[np.int64]
) -> tuple[Pairs, Pairs]:
    target_keys, source_keys = target.canonical, source.canonical
    exact = match_keys(target_keys, source_keys, candidates=candidates)
    # A lower-cased token is the better guess where several differ by case alone.
    ranked = sorted(candidates, key=lambda i: (source_keys[i] != source_keys[i].lower(), i))
    lowered = {source_keys[i].lower(): int(i) for i in reversed(ranked)}
    return exact, _lookup(target, [key.lower() for key in target_keys], lowered)


def _reference_overlap(
    target: TokenTable, source: TokenTable, candidates: NDArray[np.int64]
) -> tuple[Pairs, Pairs]:
    """The authors know a token by its standardized string; of equal ones they see the last alone.

    So of the partial bytes of a byte-level vocabulary, which all decode to U+FFFD, one is copied,
    and the others are new tokens. Without regard to case, source id 0 counts as missing.
    """
    last_of_target, last_of_source = (
        {table.keys("ofa")[i]: int(i) for i in ids}
        for table, ids in ((target, np.flatnonzero(target.present_T)), (source, candidates))
    )
    lowered = {key.lower(): last_of_source[key] for key in sorted(last_of_source)}
    exact, fuzzy = {}, {}
    for key, index in last_of_target.items():
        if key in last_of_source:
            exact[index] = last_of_source[key]
        elif lowered.get(key.lower()):
            fuzzy[index] = lowered[key.lower()]
    return as_pairs(sorted(exact.items())), as_pairs(sorted(fuzzy.items()))


def _lookup(target: TokenTable, keys: Sequence[str], index: Mapping[str, int]) -> Pairs:
    found = [
        (t, index[key])
        for t, key in enumerate(keys)
        if key and key in index and not target.special_T[t]
    ]
    return as_pairs(found)


_NO_PAIRS: Pairs = (np.zeros(0, np.int64), np.zeros(0, np.int64))
