"""Which texts are held out: what corpora hold out, and what tasks measure on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lingraft.corpus.records import has_records, read_records
from lingraft.errors import InputError

_SPLITS = ("valid", "test", "pairs")
_NO_TEXTS = ("id", "label", "tags", "metadata")


def held_out_texts(folder: Path) -> Iterator[str]:
    """Yield the texts of a corpus or a dataset that training must not see.

    Of a corpus these are its held-out documents, of a dataset the development and test examples of
    each language, with both sides of pairs. Words with tags are one text.

    Args:
        folder: a corpus or dataset artifact, or a folder with the same files.

    Raises:
        InputError: the folder is missing, or a file is damaged.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder} is missing, and its held-out texts must not be trained on; make it, or "
            "correct `held_out=`"
        )
    for place in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        for split in _SPLITS:
            for record in read_records(place, split) if has_records(place, split) else ():
                yield from _texts(record)


def _texts(record: Mapping[str, Any]) -> Iterator[str]:
    for key, value in record.items():
        if key not in _NO_TEXTS and isinstance(value, str):
            yield value
        elif key == "words" and isinstance(value, list):
            yield " ".join(map(str, value))
