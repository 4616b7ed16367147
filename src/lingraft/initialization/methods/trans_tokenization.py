"""Trans-Tokenization: a target token is the mean of the source tokens that it translates.

Remy et al. (2024), Trans-Tokenization and Cross-lingual Vocabulary Transfers, section 3: weights
are translation counts from a word-aligned parallel corpus, normalized. By default tokens are
aligned directly; `mode: reference` follows the authors' code over words (`parallel.rules`).

Shapes: T target vocabulary, S source rows.
"""

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from lingraft.config.initialization.translation import TransTokenization
from lingraft.initialization.fill import filler
from lingraft.initialization.match import role_copies, shared_tokens
from lingraft.initialization.parallel.counts import translation_counts
from lingraft.initialization.parallel.rules import authors_counts
from lingraft.initialization.parallel.smoothing import smooth
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Weights, combined, stack
from lingraft.numeric import sparse


def trans_tokenization(request: Request, settings: TransTokenization) -> Weights:
    """Normalized translation counts; tokens without any are left to fill.

    Raises:
        ConfigError: there is no parallel text.
    """
    if settings.mode == "reference":
        return _reference(request, settings)
    counts_TS = pruned_counts(request, settings)
    observations_T = sparse.row_sums(counts_TS)
    if settings.smoothing == "contained":
        counts_TS = smooth(request.target, sparse.normalize_rows(counts_TS))
    layer = combined(request.target_ids, _normalized(request, counts_TS))
    weights = stack([layer], len(request.target), request.columns)
    return replace(weights, observations_T=observations_T)


def pruned_counts(request: Request, settings: TransTokenization) -> csr_array:
    """Translation counts (T, S) of the parallel text, after the thresholds of the settings."""
    counts_TS = translation_counts(request, settings.alignment, settings.method)
    if settings.same_string_count:
        counts_TS = counts_TS + settings.same_string_count * _same_strings(request)
    largest_T = sparse.row_maximum(counts_TS)
    threshold_T = np.maximum(settings.minimum_count or 0.0, settings.minimum_share * largest_T)
    return sparse.prune(csr_array(counts_TS), threshold_T)


def _same_strings(request: Request) -> csr_array:
    target_N, source_N = shared_tokens(request)
    ones_NS = sparse.one_hot(source_N, request.columns)
    return sparse.scatter_rows(ones_NS, target_N, len(request.target))


def _normalized(request: Request, counts_TS: csr_array) -> csr_array:
    return sparse.normalize_rows(csr_array(counts_TS[request.target_ids]))


def _reference(request: Request, settings: TransTokenization) -> Weights:
    """The authors' counts; special tokens by role, and the unknown token for the rest."""
    layer = combined(request.target_ids, _normalized(request, authors_counts(request, settings)))
    weights = stack([role_copies(request), layer], len(request.target), request.columns)
    unknown = request.source.roles.get("unk")
    return replace(weights, fill=filler("unknown", request.seed, unknown))
