"""Both sides of an alignment artifact: the vectors that it was made from, and in one space."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from lingraft.artifacts import Artifact
from lingraft.errors import InputError
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.dictionaries.tsv import read_lines
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_space import WordSpace


def read_sides(given: VectorInputs, alignment: str) -> WordSpace:
    """The words of an alignment's two sets, with the words that it was fitted on.

    Args:
        given: the alignment, and the vectors that its settings name.
        alignment: its name.

    Raises:
        InputError: it is not given, its sides are not, or they are not those that it was made from.
    """
    artifact, folders = open_sides(given, alignment)
    source, target = map(VectorSet.load, folders)
    space = WordSpace.of_alignment(source, target, Alignment.load(artifact.folder))
    # An alignment that used no pair of its dictionary was not fitted on its words.
    if not json.loads(artifact.file("metrics.json").read_text("utf-8")).get("supervised", True):
        return space
    pairs = list(read_lines(artifact.file("dictionary.tsv")))
    fitted = {(0, pair.source) for pair in pairs} | {(1, pair.target) for pair in pairs}
    return replace(space, translated=space.translated | fitted)


def open_sides(given: VectorInputs, alignment: str) -> tuple[Artifact[Any], tuple[Path, Path]]:
    """An alignment, and the folders of its source and target vectors.

    Args:
        given: the alignment, and the vectors that its settings name.
        alignment: its name.

    Raises:
        InputError: it is not given, its sides are not, or they are not those that it was made from.
    """
    artifact = given.open("alignments", alignment)

    def opened(side: str) -> Path:
        vectors = given.open("vectors", str(artifact.manifest.settings.get(side)))
        if vectors.digest != artifact.manifest.inputs.get(side):
            raise InputError(
                f"the {side} of alignment {alignment!r} was made from other vectors than "
                f"{vectors.folder}; make the alignment again"
            )
        return vectors.folder

    return artifact, (opened("source"), opened("target"))
