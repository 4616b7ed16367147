"""Translation counts of tokens from the request's parallel text.

Shapes: T target vocabulary, S source rows.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_array, diags_array

from lingraft.artifacts import CorpusFacts, open_given
from lingraft.corpus.documents import read_pairs
from lingraft.errors import InputError
from lingraft.initialization.evidence.pieces import split
from lingraft.initialization.evidence.text import lines_of
from lingraft.initialization.parallel import held_out
from lingraft.initialization.parallel.links import count_links
from lingraft.initialization.parallel.sentences import Sentences
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.initialization.parallel.word_alignment import Aligned, align
from lingraft.initialization.request import Request, need
from lingraft.initialization.trial import Trial
from lingraft.numeric import sparse
from lingraft.tokenizers.token_table import TokenTable

logger = logging.getLogger(__name__)

_LEAST = 1e-30  # of a count


@dataclass(frozen=True)
class TranslationCounts:
    """How often each target token corresponds to each source token.

    Attributes:
        counts_TS: the counts (T, S); special tokens and source tokens without a row have none.
        aligned: what they were counted in; None for another aligner's links.
        request: whose vocabularies they are of.
    """

    counts_TS: csr_array
    aligned: Aligned | None
    request: Request

    @classmethod
    def of(cls, request: Request, settings: WordAlignment, method: str) -> Self:
        """Count the parallel text.

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
        aligned = None
        if settings.links is not None:
            counts_TS = count_links(source, target, settings.links, shape=shape)
        else:
            aligned = align(source, target, shape=shape, settings=settings, kept=request.kept)
            counts_TS = aligned.counts()
        logger.info("aligned %d pairs of %d texts", counts_TS.nnz, len(source))
        return cls(usable(request, counts_TS), aligned, request)

    def account(self) -> dict[str, Any]:
        """How the text was aligned."""
        return {} if self.aligned is None else {"alignment": self.aligned.account()}

    def trial(self, prune: Callable[[csr_array], csr_array]) -> Trial | None:
        """Counts of nine tenths of the pairs, and the cells of the rest.

        None with links, and where there are too few pairs to hold some out.

        Args:
            prune: what is done to counts before they become rows.
        """
        if self.aligned is None:
            return None
        seen, unseen = self.aligned.seen_and_unseen()
        if not len(seen.source) or len(unseen.source) < held_out.FEWEST:
            return None
        cells, columns = unseen.cells, self.request.columns
        base_S = np.bincount(self.aligned.source.tokens_L, minlength=columns)[:columns]
        base_S = base_S * self.request.candidates_S
        places = np.concatenate([cells.by_source(block) for block in range(len(cells.blocks))])
        pairs = np.concatenate(cells.pairs)
        sources_C = cells.pair_sources_P[pairs]
        kept_C = np.isin(sources_C, np.flatnonzero(base_S))
        if not kept_C.any():
            return None
        return Trial(
            prune(usable(self.request, seen.counts())),
            base_S / base_S.sum(),
            cells.pair_targets_P[pairs][kept_C],
            sources_C[kept_C],
            places[kept_C],
        )


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


def usable(request: Request, counts_TS: csr_array) -> csr_array:
    """Counts without special tokens, and with the columns of the embedding matrix."""
    kept_T = ~request.target.special_T
    kept_S = np.zeros(counts_TS.shape[1], bool)
    kept_S[request.candidate_ids] = True
    kept_S &= ~request.source.special_T
    masked = diags_array(kept_T.astype(float)) @ counts_TS @ diags_array(kept_S.astype(float))
    masked = csr_array(masked)
    masked.resize(len(request.target), request.columns)
    # Rows of such counts alone could not be normalized.
    masked = sparse.prune(masked, np.full(masked.shape[0], _LEAST))
    return sparse.canonical(masked)
