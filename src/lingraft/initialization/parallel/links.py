"""Counts from the links that another aligner wrote (fast_align, eflomal)."""

from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from lingraft.errors import InputError
from lingraft.initialization.evidence.text import lines_of
from lingraft.initialization.parallel.sentences import Sentences


def count_links(
    source: Sentences, target: Sentences, path: Path, *, shape: tuple[int, int]
) -> csr_array:
    """Count the links that another aligner wrote in the Pharaoh format (`0-0 1-2 ...`).

    Args:
        source: the source side as it was given to the aligner (uncut, with repetitions).
        target: the target side.
        path: one line a sentence pair, each link `source position-target position`, from 0.
        shape: (T, S).

    Raises:
        InputError: the file is missing or not UTF-8, the number of lines is another one, or a link
            cannot be read or lies outside its sentences.
    """
    linked: list[tuple[int, int]] = []
    lines = lines_of(path)
    if not len(lines) == len(source) == len(target):
        raise InputError(
            f"{path} has {len(lines)} lines, but the parallel text has {len(source)} pairs; "
            "align exactly the text that is given here"
        )
    for number, (line, start_s, start_t, length_s, length_t) in enumerate(
        zip(
            lines,
            source.starts_N.tolist(),
            target.starts_N.tolist(),
            source.lengths_N.tolist(),
            target.lengths_N.tolist(),
            strict=False,
        ),
        start=1,
    ):
        for link in line.split():
            i, j = _position(link, path, number)
            if i >= length_s or j >= length_t:
                raise InputError(
                    f"{path}, line {number}: link {link} lies outside its sentences of "
                    f"{length_s} and {length_t} tokens"
                )
            linked.append((start_s + i, start_t + j))
    links = np.array(linked, dtype=np.int64).reshape(-1, 2)
    rows, columns = target.tokens_L[links[:, 1]], source.tokens_L[links[:, 0]]
    table = csr_array((np.ones(len(links)), (rows, columns)), shape=shape)
    table.sum_duplicates()
    return table


def _position(link: str, path: Path, number: int) -> tuple[int, int]:
    source, _, target = link.partition("-")
    if not (source.isdecimal() and target.isdecimal()):
        raise InputError(f"{path}, line {number}: {link!r} is not a link such as 0-1")
    return int(source), int(target)
