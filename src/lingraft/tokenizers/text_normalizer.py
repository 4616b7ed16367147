"""The normalizer of the text that a tokenizer learned: its folder says it, wherever it is copied.

It is a key of tokenizer_config.json, which readers and writers of tokenizers carry along, those of
transformers too. So a trained model's folder still says how text for it must be written.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lingraft.artifacts import atomic_path
from lingraft.corpus.normalizing import NormalizerMark, TextDoor, described, is_language
from lingraft.errors import InputError, foreign

TEXT_NORMALIZER = "text_normalizer"  # a key of tokenizer_config.json


def read_mark(tokenizer: Any) -> NormalizerMark:
    """The mark of a loaded tokenizer; empty where its text was not written anew.

    Raises:
        InputError: the file says something else than a mark.
    """
    mark = tokenizer.init_kwargs.get(TEXT_NORMALIZER) or {}
    if not isinstance(mark, Mapping):
        raise InputError(
            f"{tokenizer.name_or_path}/tokenizer_config.json: {TEXT_NORMALIZER} must be an object"
        )
    return dict(mark)


def read_mark_of(folder: Path) -> NormalizerMark:
    """The mark in the folder of a tokenizer or model, which is not loaded.

    Raises:
        InputError: the file is damaged.
    """
    path = folder / "tokenizer_config.json"
    if not path.is_file():
        return {}
    with foreign(str(path)):
        return dict(json.loads(path.read_text("utf-8")).get(TEXT_NORMALIZER) or {})


def write_anew(folder: Path, language: str, text: Path, output: Path, *, back: bool) -> None:
    """Write the lines of a file as a model learned them, or back, into another file.

    Args:
        folder: of a model or a tokenizer.
        language: of the text.
        text: the file to read, UTF-8.
        output: the file to write.
        back: whether the lines are a model's own, and become those of people.

    Raises:
        InputError: a file cannot be read, the language is not one, the model's text has no
            normalizer, or nothing comes back from it.
    """
    if not is_language(language):
        raise InputError(f"{language!r} is not the code of a language, as hin_Deva is")
    door = TextDoor(read_mark_of(folder), str(folder))
    rules = door.rules(language)
    if rules is None:
        raise InputError(
            f"{folder} reads text of {language} as it is (its normalizer: {described(door.mark)})"
        )
    with foreign(str(text)):
        lines = text.read_text("utf-8").removesuffix("\n").split("\n")
    found = [(rules.invert if back else rules.normalize)(line) for line in lines]
    if None in found:
        raise InputError(f"{folder}: nothing comes back from {described(door.mark)}")
    with atomic_path(output) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in found), "utf-8")


def write_mark(tokenizer: Any, mark: NormalizerMark) -> None:
    """Have a tokenizer say how its text was written, so that its folder says it too.

    Args:
        tokenizer: is changed.
        mark: of its text; an empty one leaves no trace.
    """
    if mark:
        tokenizer.init_kwargs[TEXT_NORMALIZER] = dict(mark)


def text_door(tokenizer: Any, place: str | Path = "") -> TextDoor:
    """The door through which text comes to a tokenizer and its model.

    Args:
        tokenizer: loaded.
        place: what messages call it; its own path by default.
    """
    return TextDoor(read_mark(tokenizer), str(place or tokenizer.name_or_path))
