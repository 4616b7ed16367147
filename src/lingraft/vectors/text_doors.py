"""How the text of vectors was written: they, and the words that meet them, are written alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lingraft.artifacts import (
    AlignmentFacts,
    Artifact,
    CorpusFacts,
    Facts,
    ModelFacts,
    VectorsFacts,
    open_given,
)
from lingraft.corpus.normalizing import NormalizerMark, TextDoor, described, require_same_text
from lingraft.errors import InputError
from lingraft.tokenizers.text_normalizer import read_mark_of

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet


def mark_of(artifact: Artifact[Any]) -> NormalizerMark:
    """How the text was written anew that an input was made from; empty where nothing says it."""
    facts = artifact.facts
    if isinstance(facts, AlignmentFacts | CorpusFacts | VectorsFacts):
        return facts.normalizer
    return read_mark_of(artifact.folder) if isinstance(facts, ModelFacts) else {}


def mark_of_inputs(inputs: Mapping[str, Artifact[Any]]) -> NormalizerMark:
    """The mark of what is made from all of these; empty where no text was written anew.

    Raises:
        InputError: one of them is written otherwise than the others, or a model reads text as it
            is and the corpora are not.
    """
    marks = {name: mark_of(artifact) for name, artifact in inputs.items()}
    known = [(mark, name) for name, mark in marks.items() if mark]
    if not known:
        return {}
    mark, first = known[0]
    for name, artifact in inputs.items():
        language = getattr(artifact.facts, "language", None)
        if isinstance(artifact.facts, CorpusFacts) and language is not None:
            require_same_text(marks[name], name, mark, first, language)
        elif marks[name] != mark and (marks[name] or isinstance(artifact.facts, ModelFacts)):
            raise InputError(
                f"{name} has the normalizer {described(marks[name])}, and {first} has "
                f"{described(mark)}: what is made from both must be written alike"
            )
    return mark


def mark_of_vectors(path: Path) -> NormalizerMark:
    """How the text of vectors was written anew; plain files say nothing."""
    artifact = open_given(path, Facts, partly=True)
    return {} if artifact is None else mark_of(artifact)


def text_door(vectors: VectorSet, path: Path) -> Callable[[str], str] | None:
    """Writes a word as the vectors have it; None where they have words as people write them.

    Args:
        vectors: they know their language.
        path: of their artifact.
    """
    mark, language = mark_of_vectors(path), vectors.language
    if not mark or language is None:
        return None
    door = TextDoor(mark, str(path))
    return lambda word: door.text(word, language)
