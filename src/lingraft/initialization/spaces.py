"""The common space of source and target word vectors that a request gives, in whatever form.

Shapes: E dimensions of the word vectors.
"""

import numpy as np

from lingraft.errors import ConfigError, InputError
from lingraft.initialization.request import Request, need
from lingraft.vectors.alignment import Alignment, align
from lingraft.vectors.dictionaries.tsv import read_lines
from lingraft.vectors.multilingual import merge_spaces
from lingraft.vectors.vectorset import VectorSet


def common_space(
    request: Request, method: str, mode: str = "default"
) -> tuple[VectorSet, VectorSet, Alignment]:
    """Source vectors, target vectors and the alignment that brings them together.

    The alignment is the one given, or is made from a dictionary (in the reference mode as WECHSEL's
    library does), or is the identity for vectors that are aligned already.

    Raises:
        ConfigError: vectors are missing, or those of several target languages are given.
        InputError: the dimensions differ and nothing aligns them.
    """
    evidence = request.evidence
    source = need(evidence.source_vectors, method, "word vectors of the source (--source-vectors)")
    targets = need(evidence.target_vectors, method, "word vectors of the target (--target-vectors)")
    if len(targets) > 1 or len(evidence.alignments) > 1:
        raise ConfigError(f"{method} takes one target language; ofa takes several")
    target = targets[0]
    if evidence.alignments:
        return source, target, evidence.alignments[0]
    if evidence.dictionary is not None:
        pairs = list(read_lines(evidence.dictionary))
        preset = "wechsel" if mode == "reference" else None
        return source, target, align(source, target, pairs, preset=preset)
    if source.dimension != target.dimension:
        raise InputError(
            f"source vectors have {source.dimension} dimensions, target vectors "
            f"{target.dimension}: "
            "give an alignment (--alignment) or a dictionary (--dictionary)"
        )
    return source, target, _identity(source.dimension)


def multilingual_space(request: Request, method: str) -> VectorSet:
    """Vectors of several languages under prefixed keys: those given, or aligned ones merged.

    Raises:
        ConfigError: there are neither.
    """
    evidence = request.evidence
    if evidence.multilingual_vectors is not None:
        return evidence.multilingual_vectors
    source = need(
        evidence.source_vectors,
        method,
        "--multilingual-vectors, or --source-vectors, --target-vectors and --alignment",
    )
    if len(evidence.alignments) != len(evidence.target_vectors):
        raise ConfigError(f"{method} needs one alignment for each of its target vectors")
    pairs = zip(evidence.target_vectors, evidence.alignments, strict=True)
    return merge_spaces(source, pairs)


def _identity(dimension: int) -> Alignment:
    zeros_E = np.zeros(dimension)
    return Alignment(np.eye(dimension), np.eye(dimension), zeros_E, zeros_E)
