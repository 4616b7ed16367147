"""Which texts are held out: what corpora hold out, and what tasks measure on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lingraft.corpus.normalizing import TextDoor
from lingraft.corpus.records import has_records, read_records
from lingraft.errors import InputError
from lingraft.evaluation.data.reading import mark_of_corpus

_SPLITS = ("valid", "test", "pairs")
_NO_TEXTS = ("id", "label", "tags", "metadata")


def held_out_texts(folder: Path, door: TextDoor | None = None) -> Iterator[str]:
    """Yield the texts of a corpus or a dataset that training must not see.

    Of a corpus these are its held-out documents, of a dataset the development and test examples of
    each language, with both sides of pairs. Words with tags are one text.

    Args:
        folder: a corpus or dataset artifact, or a folder with the same files.
        door: through which the training texts came, which are written like that.

    Raises:
        InputError: the folder is missing, or a file is damaged.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder} is missing, and its held-out texts must not be trained on; make it, or "
            "correct `held_out=`"
        )
    for place in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        written = _written(place, door)
        for split in _SPLITS:
            for record in read_records(place, split) if has_records(place, split) else ():
                for text in _texts(record):
                    # Also as it is: one side of a pair may be in a language that stays so.
                    yield text
                    if written is not None:
                        yield written(text)


def _written(place: Path, door: TextDoor | None) -> Callable[[str], str] | None:
    """How texts of a folder are written anew; None where they stay as they are."""
    if door is None or not door.mark:
        return None
    mark, language = mark_of_corpus(place, place.name)
    return None if mark == door.mark else lambda text: door.text(text, language)


def _texts(record: Mapping[str, Any]) -> Iterator[str]:
    for key, value in record.items():
        if key not in _NO_TEXTS and isinstance(value, str):
            yield value
        elif key == "words" and isinstance(value, list):
            yield " ".join(map(str, value))
