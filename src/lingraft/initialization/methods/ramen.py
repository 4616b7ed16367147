"""RAMEN: rows, and the head's bias, by translation probabilities of subwords.

Tran (2020), From English To Foreign Languages: Transferring Pre-trained Language Models, section
3.1: e_target = sum of p(source | target) e_source, with p from alignment counts of parallel text,
or the sparsemax of cosines between subword vectors in aligned word vectors.

Shapes: T target tokens, S source tokens, E dimensions of the word vectors, F filled rows.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from lingraft.config.initialization.translation import Ramen
from lingraft.initialization.evidence.auxiliary import Floats, Ints, known, word_means
from lingraft.initialization.evidence.spaces import common_space
from lingraft.initialization.fill import Filler
from lingraft.initialization.parallel.counts import translation_counts
from lingraft.initialization.request import Request
from lingraft.initialization.similarity import sparsemax_of_all
from lingraft.initialization.weights import Layer, Provenance, Weights, combined, copies, stack
from lingraft.numeric import sparse
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.vectorset import VectorSet


def ramen(request: Request, settings: Ramen) -> Weights:
    """Weights from parallel text or from word vectors.

    Raises:
        ConfigError: the evidence asked for is missing.
    """
    observations_T = None
    if settings.evidence == "parallel":
        counts_TS = translation_counts(request, settings.alignment, "ramen")
        observations_T = sparse.row_sums(counts_TS)
        rows = request.target_ids
        layer = combined(rows, sparse.normalize_rows(csr_array(counts_TS[rows])))
    else:
        layer = _from_vectors(request, settings)
    is_reference = settings.mode == "reference"
    layers = [_same_ids(request), layer] if is_reference else [layer]
    weights = stack(layers, len(request.target), request.columns)
    fill = _narrow_normal(request.seed) if is_reference else None
    return replace(weights, fill=fill, observations_T=observations_T)


def _from_vectors(request: Request, settings: Ramen) -> Layer:
    source, target, alignment = common_space(request, "ramen", settings.mode)
    source_SE = alignment.map_source(_subword_vectors(request.source, source, settings))
    target_TE = alignment.map_target(_subword_vectors(request.target, target, settings))
    sources = request.candidate_ids[known(source_SE)[request.candidate_ids]]
    targets = np.flatnonzero(known(target_TE))
    return sparsemax_of_all(
        targets, target_TE[targets], sources, source_SE[sources], request.columns
    )


def _subword_vectors(table: TokenTable, vectors: VectorSet, settings: Ramen) -> Floats:
    """Mean of the words that contain a token, weighted by 1 / rank; zero for special tokens.

    In the reference mode a word counts once for each occurrence of the token in it, and the unknown
    token alone has no vector: the word `</s>` is the token `</s>`, where a vocabulary has it.
    """
    is_reference = settings.mode == "reference"
    words = vectors.words[: settings.maximum_words]
    inverse_ranks_W = 1.0 / np.arange(1, len(words) + 1)
    means_VE = word_means(
        table,
        words,
        vectors.vectors_WE[: len(words)],
        inverse_ranks_W,
        variants=lambda word: (" " + word,),
        counted="occurrence" if is_reference else "word",
    )
    unknown = [index for role, index in table.roles.items() if role == "unk"]
    means_VE[unknown if is_reference else np.flatnonzero(table.special_T)] = 0.0
    return means_VE


def _same_ids(request: Request) -> Layer:
    """The authors copy special tokens by id, and so suppose equal ids in both vocabularies."""
    ids = np.flatnonzero(request.target.special_T)
    ids = ids[ids < request.columns]
    return copies(Provenance.ROLE, ids, ids, request.columns)


def _narrow_normal(seed: int) -> Filler:
    """The authors' fallback N(0, 1/sqrt(D)), which ignores the source's statistics."""

    def fill(source_SD: Floats, tokens: Sequence[str], rows_F: Ints) -> Floats:
        dimensions = source_SD.shape[1]
        drawn_FD = np.random.default_rng(seed).standard_normal((len(rows_F), dimensions))
        return np.asarray(drawn_FD / np.sqrt(dimensions))

    return fill
