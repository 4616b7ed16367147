"""Tasks of BIG-bench as labelled sets: `task.json` with inputs and the scores of their labels.

BIG-bench has one set for each task and language. It is split here by the hash of an example's
number, which translations share, or of the group that the example belongs to.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import regex

from lingraft.config.datasets import BigBenchDataset
from lingraft.corpus.reading.files import find_files
from lingraft.errors import InputError

Record = dict[str, Any]


def read_splits(settings: BigBenchDataset, files: Path, code: str) -> Mapping[str, list[Record]]:
    """The training, development and test set of one language.

    Args:
        settings: the dataset.
        files: folder of the download.
        code: what the download calls the language.

    Raises:
        InputError: there is not exactly one file, it is not such a task, or an example does not fit
            the settings; the message names it.
    """
    path = _find(settings, files, code)
    found: dict[str, list[Record]] = {"train": [], "valid": [], "test": []}
    for number, example in enumerate(_examples(path)):
        place = f"{path}, example {number}"
        record = {"id": f"{number:06d}", **_text(example, settings, place)}
        record["label"] = _label(example, settings, place)
        found[_split(_group(example, settings, number, place), settings)].append(record)
    return found


def _find(settings: BigBenchDataset, files: Path, code: str) -> Path:
    pattern = settings.files.replace("{code}", code)
    paths = find_files(files, pattern, (".json",), settings.source)
    if len(paths) > 1:
        raise InputError(f"source {settings.source} has {len(paths)} files that match {pattern}")
    return paths[0]


def _examples(path: Path) -> list[Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
        examples = content["examples"]
    except (ValueError, KeyError, TypeError):
        raise InputError(f'{path} is not a task of BIG-bench: it has no "examples"') from None
    if not isinstance(examples, list) or not examples:
        raise InputError(f"{path} has no examples")
    return examples


def _text(example: Any, settings: BigBenchDataset, place: str) -> dict[str, str]:
    text = example.get("input") if isinstance(example, dict) else None
    if not isinstance(text, str):
        raise InputError(f'{place} has no "input"')
    if settings.parts is None:
        return {"text": text.strip()}
    match = regex.search(settings.parts, text)
    if match is None:
        raise InputError(f"{place}: {text!r:.120} does not match `parts`")
    return {name: (part or "").strip() for name, part in match.groupdict().items()}


def _label(example: Any, settings: BigBenchDataset, place: str) -> str:
    scores = example.get("target_scores")
    best = [label for label, score in scores.items() if score == 1] if scores else []
    if len(best) != 1:
        raise InputError(f'{place}: "target_scores" must give one label the score 1')
    return settings.labels.get(str(best[0]), str(best[0]))


def _group(example: Any, settings: BigBenchDataset, number: int, place: str) -> str:
    if settings.group is None:
        return str(number)
    match = regex.search(settings.group, example["input"])
    if match is None:
        raise InputError(f"{place}: {example['input']!r:.120} does not match `group`")
    return str(match[0])


def _split(group: str, settings: BigBenchDataset) -> str:
    """The hash, as a number below 1, falls into the test set's share, the other's, or beyond."""
    place = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8]) / 2**64
    if place < settings.test_fraction:
        return "test"
    return "valid" if place < settings.test_fraction + settings.valid_fraction else "train"
