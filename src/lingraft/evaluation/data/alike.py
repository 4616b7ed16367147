"""Labelled sets written as the text that a model learned: copies that live as long as the subject.

A task gets folders and reads them in its own way. So it is the folder that is written anew, and no
task can read text that did not come through the door.
"""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lingraft.corpus.documents import open_json_lines
from lingraft.corpus.normalizing import TextDoor, require_same_text
from lingraft.corpus.records import read_records, stems_of_records
from lingraft.errors import InputError
from lingraft.evaluation.data.reading import mark_of_corpus
from lingraft.evaluation.data.tag_files import read_sentences

_TEXTS = (
    "text", "premise", "hypothesis", "words", "query", "documents", "target", "right", "wrong",
)  # fmt: skip
_PAIRS = ("first", "second")  # two words, of two languages where the folder names two
_LABELS = ("train", "valid", "dev", "test")  # of files with a word and a tag on a line


def require_alike(door: TextDoor, folders: Mapping[str, Path]) -> None:
    """Refuse corpora that are written otherwise than what came through a door.

    Args:
        door: of what is measured.
        folders: role of each corpus -> its folder.

    Raises:
        InputError: a corpus has another normalizer.
    """
    for role, folder in folders.items():
        mark, language = mark_of_corpus(folder, role)
        require_same_text(mark, f"{role} ({folder})", door.mark, door.place, language)


class AlikeFolders:
    """Folders of labelled data as a model reads them."""

    def __init__(self, door: TextDoor) -> None:
        """Take the door of the model, or of the vectors, that is measured."""
        self._door = door
        self._copies: dict[Path, Path] = {}
        self._place: tempfile.TemporaryDirectory[str] | None = None

    def of(self, folders: Mapping[str, Path]) -> dict[str, Path]:
        """The folders themselves where text stays as it is, else copies.

        Args:
            folders: language, or pair of languages as in eng_Latn-hin_Deva -> folder.

        Raises:
            InputError: a folder has no file whose texts are known.
        """
        if not self._door.mark:
            return dict(folders)
        return {name: self._one(folder, name) for name, folder in folders.items()}

    def _one(self, folder: Path, name: str) -> Path:
        sides = name.split("-") if name.count("_") == 2 else [name, name]
        if all(self._door.rules(side) is None for side in sides):
            return folder
        if folder not in self._copies:
            if self._place is None:
                self._place = tempfile.TemporaryDirectory(prefix="alike-")
            copy = Path(self._place.name) / str(len(self._copies)) / folder.name
            copy.mkdir(parents=True)
            self._write(folder, copy, sides)
            self._copies[folder] = copy
        return self._copies[folder]

    def _write(self, folder: Path, copy: Path, sides: list[str]) -> None:
        stems = stems_of_records(folder)
        for stem in stems:
            self._save(copy, stem, read_records(folder, stem), sides)
        for stem in _LABELS if not stems else ():
            if sentences := read_sentences(folder, stem):
                self._save(copy, stem, map(asdict, sentences), sides)
                stems.append(stem)
        if not stems:
            raise InputError(
                f"{folder} has no records whose text could be written as that of {self._door.place}"
            )

    def _save(
        self, copy: Path, stem: str, records: Iterable[Mapping[str, Any]], sides: list[str]
    ) -> None:
        with open_json_lines(copy / f"{stem}.jsonl.zst") as writer:
            for record in records:
                writer.write(self._record(record, sides))

    def _record(self, record: Mapping[str, Any], sides: list[str]) -> dict[str, Any]:
        languages = dict.fromkeys(_TEXTS, sides[-1]) | dict(zip(_PAIRS, sides, strict=True))
        return {
            key: self._door.values(value, languages[key]) if key in languages else value
            for key, value in record.items()
        }
