"""Source and target word vectors in one space, from whatever a request has of them.

Shapes: E dimensions of the word vectors.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.errors import ConfigError, InputError
from lingraft.initialization.evidence.auxiliary import known
from lingraft.initialization.request import Evidence, Request, need
from lingraft.numeric.arrays import Float64
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.alignment import Alignment, align
from lingraft.vectors.dictionaries.tsv import read_lines
from lingraft.vectors.multilingual import merge_spaces
from lingraft.vectors.spelling import as_spelled
from lingraft.vectors.vectorset import VectorSet


def common_space(
    request: Request, method: str, mode: str = "default"
) -> tuple[VectorSet, VectorSet, Alignment]:
    """Source vectors, target vectors and the alignment that brings them together.

    The alignment is the one given, or is made from a dictionary (in the reference mode as WECHSEL's
    library does), or is the identity for vectors that are aligned already. In the reference mode
    fastText's `</s>` is among the words, as in the authors' codes.

    Args:
        request: with source and target vectors.
        method: the name of the method that asks, for errors.
        mode: of that method, `default` or `reference`.

    Raises:
        ConfigError: vectors are missing, or those of several target languages are given.
        InputError: the dimensions differ and nothing aligns them.
    """
    evidence = request.evidence
    source = need(evidence.source_vectors, method, "source word vectors (`source_vectors=`)")
    targets = need(evidence.target_vectors, method, "target word vectors (`target_vectors=`)")
    if len(targets) > 1 or len(evidence.alignments) > 1:
        raise ConfigError(f"{method} takes vectors of one target language, not of several")
    source, target = (_entries(vectors, mode) for vectors in (source, targets[0]))
    if evidence.alignments:
        return source, target, evidence.alignments[0]
    if evidence.dictionary is not None:
        return source, target, _aligned(source, target, evidence.dictionary, mode)
    if source.dimension != target.dimension:
        raise InputError(
            f"source vectors have {source.dimension} dimensions, target vectors "
            f"{target.dimension}: "
            "give an alignment (`alignment=`) or a dictionary (`dictionary=`)"
        )
    return source, target, _identity(source.dimension)


def _aligned(source: VectorSet, target: VectorSet, dictionary: Path, mode: str) -> Alignment:
    pairs = list(read_lines(dictionary))
    try:
        return align(source, target, pairs, preset="wechsel" if mode == "reference" else None)
    except InputError as error:
        raise InputError(f"{dictionary}: {error}") from None


def _entries(vectors: VectorSet, mode: str) -> VectorSet:
    return vectors.with_sentence_end() if mode == "reference" else vectors


def multilingual_space(request: Request, method: str, mode: str = "default") -> VectorSet:
    """Vectors of several languages under prefixed keys: those given, or aligned ones merged.

    In the reference mode the `</s>` of given vectors is among their words.

    Args:
        request: with multilingual vectors, or with vectors and alignments.
        method: the name of the method that asks, for errors.
        mode: of that method, `default` or `reference`.

    Raises:
        ConfigError: there are neither.
    """
    evidence = request.evidence
    if evidence.multilingual_vectors is not None:
        return _entries(evidence.multilingual_vectors, mode)
    what = "`multilingual_vectors=`, or `source_vectors=`, `target_vectors=` and `alignment=`"
    need(evidence.source_vectors, method, what)
    if len(evidence.alignments) != len(evidence.target_vectors):
        raise ConfigError(f"{method} needs one alignment for each of its target vectors")
    source, *targets = _with_languages(evidence)
    return merge_spaces(source, zip(targets, evidence.alignments, strict=True))


def _with_languages(evidence: Evidence) -> list[VectorSet]:
    """Vectors of the source and of each target; files that name no language are numbered."""
    assert evidence.source_vectors is not None  # noqa: S101 - the callers asked
    spaces = [evidence.source_vectors, *evidence.target_vectors]
    return [
        vectors if vectors.language else replace(vectors, language=f"x{number:02}")
        for number, vectors in enumerate(spaces)
    ]


def own_languages(request: Request) -> tuple[list[str], list[str]]:
    """Languages of the source and of the target, as prefixes; empty (all) where they are unknown.

    A piece of an English word that is in a Swahili word too means nothing Swahili to an English
    model: with the words of both languages retrieval falls to a fifth (docs/methods.md).
    """
    evidence = request.evidence
    if evidence.multilingual_vectors is not None or evidence.source_vectors is None:
        return [], []
    # `eng_Latn` has the prefix `eng` in the merged space.
    source, *targets = [str(each.language).split("_")[0] for each in _with_languages(evidence)]
    return [source], targets


def add_text_vectors(request: Request, source_SE: Float64, target_TE: Float64) -> None:
    """Give tokens without a vector that of their text, in place, from the fastText models.

    Nothing is done where the space was given ready-made, or a language has no subword model. With
    several target languages a token has the mean of its unit vectors in each.

    Args:
        request: with the vectors that the space was merged from.
        source_SE: the vectors of the source's tokens, to be completed.
        target_TE: the vectors of the target's tokens, likewise.
    """
    evidence = request.evidence
    if evidence.multilingual_vectors is not None or evidence.source_vectors is None:
        return
    sources = _nameless(request.source, source_SE)
    targets = _nameless(request.target, target_TE)
    source_texts = list(dict.fromkeys(request.source.texts[row] for row in sources))
    target_texts = list(dict.fromkeys(request.target.texts[row] for row in targets))
    source, *others = _with_languages(evidence)
    merged = merge_spaces(
        _of_texts(source, source_texts),
        [
            (_of_texts(vectors, target_texts), alignment)
            for vectors, alignment in zip(others, evidence.alignments, strict=True)
        ],
    )
    _assign(
        source_SE, sources, request.source, source_texts, merged.vectors_WE[: len(source_texts)]
    )
    # `merge_spaces` puts the source's texts first, then all target texts once for each language. So
    # the rest has the shape (languages, texts, E).
    of_targets = merged.vectors_WE[len(source_texts) :]
    languages = of_targets.reshape(-1, len(target_texts), target_TE.shape[1])
    _assign(target_TE, targets, request.target, target_texts, languages.mean(axis=0))


def _nameless(table: TokenTable, vectors_VE: Float64) -> NDArray[np.int64]:
    has_text_V = np.array([bool(text) for text in table.texts])
    return np.flatnonzero(has_text_V & ~known(vectors_VE))


def _of_texts(vectors: VectorSet, texts: list[str]) -> VectorSet:
    if vectors.model is None:
        empty_NE = np.zeros((len(texts), vectors.dimension), np.float32)
        return VectorSet(texts, empty_NE, language=vectors.language)
    found_NE = vectors.vectors_of(as_spelled(texts, vectors))
    return VectorSet(texts, found_NE, language=vectors.language)


def _assign(
    vectors_VE: Float64,
    rows: NDArray[np.int64],
    table: TokenTable,
    texts: list[str],
    found_NE: NDArray[Any],
) -> None:
    place = {text: position for position, text in enumerate(texts)}
    if len(rows):
        vectors_VE[rows] = found_NE[[place[table.texts[row]] for row in rows]]


def _identity(dimension: int) -> Alignment:
    zeros_E = np.zeros(dimension)
    return Alignment(np.eye(dimension), np.eye(dimension), zeros_E, zeros_E)
