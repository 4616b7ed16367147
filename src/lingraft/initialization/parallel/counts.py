"""Translation counts of tokens from the request's parallel text.

Shapes: T target vocabulary, S source rows.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array, diags_array

from lingraft.artifacts import CorpusFacts, open_given
from lingraft.corpus.documents import read_pairs
from lingraft.errors import InputError
from lingraft.initialization.evidence.pieces import split
from lingraft.initialization.evidence.text import lines_of
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.initialization.parallel.word_alignment import Sentences, align, count_links
from lingraft.initialization.request import Request, need
from lingraft.numeric import sparse
from lingraft.tokenizers.token_table import TokenTable

logger = logging.getLogger(__name__)


def translation_counts(request: Request, settings: WordAlignment, method: str) -> csr_array:
    """How often each target token corresponds to each source token (T, S).

    Special tokens and source tokens without a row have no counts.

    Args:
        request: with parallel text.
        settings: how the text is aligned.
        method: the name of the method that asks, for errors.

    Raises:
        ConfigError: no parallel text is given.
        InputError: it is empty, or the links are not those of this text.
    """
    source_texts, target_texts = parallel_texts(request, method)
    source = _sentences(request.source, source_texts, settings)
    target = _sentences(request.target, target_texts, settings)
    shape = (len(request.target), len(request.source))
    if settings.links is not None:
        counts_TS = count_links(source, target, settings.links, shape=shape)
    else:
        counts_TS = align(
            source,
            target,
            shape=shape,
            symmetrization=settings.symmetrization,
            iterations=settings.iterations,
        )
    logger.info("aligned %d pairs of %d texts", counts_TS.nnz, len(source))
    return _usable(request, counts_TS)


def parallel_texts(request: Request, method: str) -> tuple[list[str], list[str]]:
    """Source and target texts of all parallel evidence.

    Raises:
        ConfigError: there is none.
        InputError: a file is missing or of no known kind.
    """
    paths = need(request.evidence.parallel, method, "parallel text (corpora with a pivot)")
    pairs = [pair for path in paths for pair in _read(path)]
    return [source for source, _ in pairs], [target for _, target in pairs]


def _read(path: Path) -> Iterator[tuple[str, str]]:
    """Pairs of a corpus folder, of a file in its format, or of tab-separated text."""
    if path.is_file() and path.suffix in {".tsv", ".txt"}:
        for number, line in enumerate(lines_of(path), 1):
            columns = line.split("\t")
            if len(columns) != 2:
                raise InputError(f"{path}, line {number}: expected source<TAB>target")
            yield columns[0], columns[1]
        return
    open_given(path, CorpusFacts)
    for pair in read_pairs(path / "parallel.jsonl.zst" if path.is_dir() else path):
        yield pair.source, pair.target


def _sentences(table: TokenTable, texts: Sequence[str], settings: WordAlignment) -> Sentences:
    ids = split(table, texts)
    if settings.links is not None:
        return Sentences.of(ids)  # the links count positions of whole sentences
    return Sentences.of(ids, longest=settings.maximum_tokens, as_sets=settings.sets_of_tokens)


def _usable(request: Request, counts_TS: csr_array) -> csr_array:
    """Without special tokens, and with the columns of the embedding matrix."""
    kept_T = ~request.target.special_T
    kept_S = np.zeros(counts_TS.shape[1], bool)
    kept_S[request.candidate_ids] = True
    kept_S &= ~request.source.special_T
    masked = diags_array(kept_T.astype(float)) @ counts_TS @ diags_array(kept_S.astype(float))
    masked = csr_array(masked)
    masked.resize(len(request.target), request.columns)
    return sparse.canonical(masked)
