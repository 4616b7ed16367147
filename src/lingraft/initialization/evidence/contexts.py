"""Target tokens as the source's pieces that stand for them in texts.

Both tokenizers cut the same texts. Where both have an edge around one target token, the source's
tokens between these edges are its pieces there; the same token may have other pieces elsewhere.

Shapes: N tokens, K spans, T target rows, S source rows.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

import numpy as np
from scipy.sparse import csr_array
from tokenizers import Tokenizer

from lingraft.initialization.evidence.pieces import informative, weigh
from lingraft.initialization.request import Request
from lingraft.numeric import sparse
from lingraft.numeric.arrays import Float64
from lingraft.tokenizers.backend import wrap
from lingraft.tokenizers.spans import Segmentation, common_spans

_TEXTS = 500
_CHARACTERS = 20_000_000  # pieces are known well enough after these

Seen = Counter[tuple[int, tuple[int, ...]]]  # (target token, its pieces) -> how often


def pieces_in_context(
    request: Request, texts: Iterable[str], wanted: Collection[int], minimum_count: int
) -> Seen:
    """How often each target token stands for which pieces.

    Args:
        request: with the two vocabularies.
        texts: where they are looked for; the first 20 million characters are read.
        wanted: ids of the target tokens.
        minimum_count: ways to cut a token that are seen less often are left out.
    """
    # Copies, because reading special tokens as text is a setting of a tokenizer.
    target, source = (
        wrap(Tokenizer.from_str(table.tokenizer.backend_tokenizer.to_str()))
        for table in (request.target, request.source)
    )
    wanted, seen = set(wanted), Seen()
    for batch in _batches(texts):
        pairs = zip(Segmentation.of(target, batch), Segmentation.of(source, batch), strict=True)
        for ours, theirs in pairs:
            _add(seen, ours, theirs, wanted)
    return Seen({way: count for way, count in seen.items() if count >= minimum_count})


def weigh_contexts(request: Request, seen: Seen) -> tuple[csr_array, Float64]:
    """The mean of the pieces of each target token, weighted by how often it has them.

    Args:
        request: with the source's rows.
        seen: the pieces of target tokens.

    Returns:
        Weights (T, S) that sum to one for each token that has been seen, and how often it was (T,).
    """
    ways_NS = weigh(informative(request, [pieces for _, pieces in seen]), request.columns)
    is_known_N = sparse.row_support(ways_NS) > 0
    counts_N = np.array(list(seen.values()), np.float64) * is_known_N
    tokens_N = np.array([token for token, _ in seen], np.int64)
    shape = (len(request.target), len(seen))
    sums_TN = csr_array((counts_N, (tokens_N, np.arange(len(seen)))), shape=shape)
    weights_TS = sparse.normalize_rows(sparse.canonical(csr_array(sums_TN @ ways_NS)))
    return weights_TS, sparse.row_sums(sums_TN)


def _add(seen: Seen, ours: Segmentation, theirs: Segmentation, wanted: set[int]) -> None:
    ends_K2 = common_spans(ours, theirs)
    if not len(ends_K2):
        return
    starts_K2 = np.vstack([[[0, 0]], ends_K2[:-1]])
    alone_K = np.flatnonzero(ends_K2[:, 0] - starts_K2[:, 0] == 1)
    pieces = theirs.ids_N.tolist()
    tokens_K = ours.ids_N[starts_K2[alone_K, 0]].tolist()
    firsts_K, lasts_K = starts_K2[alone_K, 1].tolist(), ends_K2[alone_K, 1].tolist()
    for token, first, last in zip(tokens_K, firsts_K, lasts_K, strict=True):
        if token in wanted:
            seen[token, tuple(pieces[first:last])] += 1


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    iterator, left = iter(texts), _CHARACTERS
    while left > 0 and (batch := list(islice(iterator, _TEXTS))):
        left -= sum(map(len, batch))
        yield batch
