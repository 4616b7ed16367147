"""Reads single files of artifacts and checks their digests; a damaged file becomes a named gap.

The report reads a few small files beside gigabytes of weights. It therefore opens artifacts partly:
it checks the manifest and each file that it reads, and leaves the other files alone.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lingraft.artifacts import (
    Manifest,
    ModelFacts,
    is_artifact,
    open_artifact,
    open_partly,
    read_manifest,
)
from lingraft.artifacts.weights import count_weights
from lingraft.errors import InputError
from lingraft.reporting.collected.collection import Gap


def is_finished(folder: Path) -> bool:
    """Whether an artifact was made, whole or damaged; without a manifest it was not finished."""
    return is_artifact(folder)


def read_json(folder: Path, name: str, gaps: list[Gap]) -> dict[str, Any] | None:
    """Read a JSON object from a file of an artifact.

    Args:
        folder: folder of the artifact.
        name: name of the file in it.
        gaps: gets one more entry if the file is missing, damaged or not a JSON object.

    Returns:
        The object, or None if there is a gap.
    """
    text = _read(folder, name, gaps)
    if text is None:
        return None
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if isinstance(content, dict):
        return content
    gaps.append(Gap(str(folder / name), "not a JSON object"))
    return None


def read_json_lines(folder: Path, name: str, gaps: list[Gap]) -> list[dict[str, Any]]:
    """Read the JSON objects in the lines of a file of an artifact.

    Args:
        folder: folder of the artifact.
        name: name of the file in it.
        gaps: gets one more entry for a damaged file and for each line that is not a JSON object.
    """
    lines = []
    for number, line in enumerate((_read(folder, name, gaps) or b"").splitlines(), start=1):
        try:
            lines.append(dict(json.loads(line)))
        except (ValueError, TypeError):
            gaps.append(Gap(f"{folder / name}, line {number}", "not a JSON object"))
    return lines


def read_parameters(folder: Path, gaps: list[Gap]) -> int | None:
    """Number of weights of a model; None if there is no model or it is damaged."""
    try:
        model = open_partly(folder, ModelFacts)
        if model.facts.parameters is not None:
            return model.facts.parameters
        return count_weights(open_artifact(folder, ModelFacts).folder)
    except InputError as error:
        if is_finished(folder):
            gaps.append(Gap(f"{folder}: number of weights", str(error)))
        return None


def read_manifests(results: Path, gaps: list[Gap]) -> Iterator[tuple[str, Manifest]]:
    """The manifest of every artifact two levels below `results`, by its relative path."""
    for path in sorted(results.glob("*/*/manifest.json")):
        try:
            yield path.parent.relative_to(results).as_posix(), read_manifest(path.parent)
        except InputError as error:
            gaps.append(Gap(path.parent.relative_to(results).as_posix(), str(error)))


def _read(folder: Path, name: str, gaps: list[Gap]) -> bytes | None:
    try:
        return open_partly(folder).file(name).read_bytes()
    except (InputError, OSError) as error:
        gaps.append(Gap(str(folder / name), str(error)))
        return None
