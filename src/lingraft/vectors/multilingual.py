"""Aligned spaces merged into one vector set under language-prefixed keys, as OFA reads them.

ColexNet+ (Liu et al., 2023) names its vectors `swh:neno`; English ones may have no prefix.
"""

from collections.abc import Iterable

import numpy as np

from lingraft.errors import InputError
from lingraft.numeric.arrays import AnyFloats
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.vectorset import VectorSet


def merge_spaces(
    source: VectorSet,
    targets: Iterable[tuple[VectorSet, Alignment]],
    *,
    prefix_source: bool = True,
) -> VectorSet:
    """Merge a source space and the target spaces aligned with it, all in the source's directions.

    Where alignments re-weight directions differently, a source word gets the mean of its places.

    Args:
        source: vectors of the language that every alignment has as its source.
        targets: vectors of each other language and its alignment.
        prefix_source: False leaves source words without a prefix, as ColexNet+ does for English.

    Returns:
        Unit vectors under keys `iso:word` (ISO 639-3), source words first. Counts are those of
        each language.

    Raises:
        InputError: a vector set does not say its language, or two are of one language.
    """
    targets = list(targets)
    if not targets:
        raise InputError("multilingual vectors need at least one aligned language")
    languages = [_code(vectors) for vectors in (source, *(vectors for vectors, _ in targets))]
    if len(set(languages)) != len(languages):
        raise InputError(f"multilingual vectors need distinct languages, not {languages}")
    sources = [_back(own.map_source(source.vectors_WE), own) for _, own in targets]
    parts = [np.mean([unit_rows(rows) for rows in sources], axis=0)]
    parts += [_back(alignment.map_target(own.vectors_WE), alignment) for own, alignment in targets]
    words = [f"{languages[0]}:{word}" if prefix_source else word for word in source.words]
    counts = [source.counts_W]
    for code, (vectors, _) in zip(languages[1:], targets, strict=True):
        words += [f"{code}:{word}" for word in vectors.words]
        counts.append(vectors.counts_W)
    known = [count for count in counts if count is not None]
    return VectorSet(
        words,
        unit_rows(np.concatenate(parts).astype(np.float32)),
        np.concatenate(known) if len(known) == len(parts) else None,
        lowercase=source.lowercase and all(vectors.lowercase for vectors, _ in targets),
        facts={"languages": languages},
    )


def _code(vectors: VectorSet) -> str:
    if not vectors.language:
        raise InputError("multilingual vectors need vector sets that say their language")
    return vectors.language.split("_")[0]


def _back(common_NK: AnyFloats, alignment: Alignment) -> AnyFloats:
    """Rotate the common space of one alignment back onto the source space that all share.

    The nearest orthogonal matrix to the source map is taken back, so cosines stay those of the
    common space, also where VecMap re-weighted it; an orthogonal map is undone exactly.
    """
    left, _, right = np.linalg.svd(alignment.source_map_EK, full_matrices=False)
    # U V^T is the nearest orthogonal matrix, and its transpose is its inverse.
    return np.asarray(common_NK @ (left @ right).T.astype(common_NK.dtype))
