"""Alignments that are fitted jointly with others: their vectors and their pairs."""

from lingraft.errors import InputError
from lingraft.vectors.alignment import Partner
from lingraft.vectors.correspondences import Casing, correspond
from lingraft.vectors.dictionaries.tsv import read_lines
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.vectorset import VectorSet


def read_partner(source: VectorSet, given: VectorInputs, name: str, casing: Casing) -> Partner:
    """The target vectors of an alignment, and its pairs as rows of them and of the source.

    Args:
        source: vectors of the source language, which both alignments share.
        given: folders of the alignment and, under the same name, of its target's vectors.
        name: the alignment.
        casing: which casings of a pair count.

    Raises:
        InputError: it is not given, or its dictionary has no word of these vectors.
    """
    target = VectorSet.load(given.find("vectors", name))
    pairs = list(read_lines(given.find("alignments", name) / "dictionary.tsv"))
    found = correspond(pairs, source, target, casing)
    if len(found) == 0:
        raise InputError(
            f"alignment {name!r} shares no word pair with the vectors of "
            f"{source.language or 'the source'}; is it of the same source?"
        )
    return target, found
