"""Shards of a corpus: which files each one cleans, what it leaves, and how they are put together.

File number i of a corpus belongs to shard i modulo their number, and becomes a file of clean
documents that keep their places. So the corpus made of shards is that of one pass, to the byte,
whatever their number and whoever cleaned them (`lingraft.corpus.pipeline`).
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from lingraft.artifacts import ShardFacts, open_artifact, write_json
from lingraft.corpus.documents import Document, read_json_lines
from lingraft.corpus.formats.text_input import FilesInput
from lingraft.corpus.settings import Corpus
from lingraft.errors import ConfigError

_STATISTICS = "statistics.json"


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file of a corpus: its number among all of them, and which of the texts it belongs to."""

    number: int
    text: int
    path: Path


@dataclass(frozen=True, slots=True)
class PlacedDocument:
    """A clean document whose id may depend on its place: its number in its file, gaps included."""

    place: int
    id: str
    text: str
    metadata: dict[str, Any]


@dataclass
class FileCounts:
    """Of one file: the text it belongs to, its entries (gaps included), what was read and kept."""

    text: int
    entries: int = 0
    read: int = 0
    kept: int = 0


@dataclass
class ShardCounts:
    """What one shard counts: by number of the file, and by reason of the cleaning."""

    files: dict[int, FileCounts] = field(default_factory=dict)
    cleaning: Counter[str] = field(default_factory=Counter)

    def save(self, folder: Path) -> None:
        """Write the counts into the folder of a shard."""
        files = {str(number): asdict(counts) for number, counts in self.files.items()}
        write_json(folder / _STATISTICS, {"files": files, "cleaning": dict(self.cleaning)})

    @classmethod
    def load(cls, folder: Path) -> "ShardCounts":
        """Read the counts of a shard."""
        content = json.loads((folder / _STATISTICS).read_text("utf-8"))
        files = {int(number): FileCounts(**entry) for number, entry in content["files"].items()}
        return cls(files, Counter(content["cleaning"]))


def input_files(settings: Corpus, folders: Mapping[str, Path]) -> list[InputFile]:
    """All files of a corpus, in the order in which one pass reads them.

    Args:
        settings: the corpus's block of the configuration.
        folders: source -> folder of the download artifact.

    Raises:
        InputError: a text has none.
    """
    found = [
        (index, path)
        for index, text in enumerate(files_inputs(settings))
        for path in text.find(folders[text.source] / "files")
    ]
    return [InputFile(number, index, path) for number, (index, path) in enumerate(found)]


def files_inputs(settings: Corpus) -> Sequence[FilesInput]:
    """The texts of a corpus that is made of shards: they are in files, as the settings check."""
    return cast(Sequence[FilesInput], settings.texts)


def documents_file(folder: Path, number: int) -> Path:
    """Where a shard keeps the clean documents of a file."""
    return folder / f"file-{number:06d}.jsonl.zst"


class Shards:
    """The clean documents of all shards, text by text."""

    def __init__(self, settings: Corpus, folders: Sequence[Path]) -> None:
        """Check the shards.

        Raises:
            ArtifactError: one is damaged.
            ConfigError: they are not all shards of this corpus, in order.
        """
        for index, folder in enumerate(folders):
            facts = open_artifact(folder, ShardFacts).facts
            if (facts.shard, facts.shards) != (index, settings.shards):
                raise ConfigError(
                    f"{folder} is shard {facts.shard} of {facts.shards}, not {index} of "
                    f"{settings.shards}; clean it again"
                )
        if len(folders) != settings.shards:
            raise ConfigError(f"the corpus has {settings.shards} shards; {len(folders)} are given")
        self._settings = settings
        self._folders = folders
        counts = [ShardCounts.load(folder) for folder in folders]
        self._files = dict(sorted(item for shard in counts for item in shard.files.items()))
        self.cleaning: Counter[str] = Counter()
        for shard in counts:
            self.cleaning.update(shard.cleaning)

    def read(self, text: int) -> int:
        """How many documents were read of a text."""
        return sum(file.read for file in self._files.values() if file.text == text)

    def documents(self, text: int) -> Iterator[Document]:
        """The clean documents of a text, in order and with their ids."""
        settings = files_inputs(self._settings)[text]
        before = 0
        for number, counts in self._files.items():
            if counts.text != text:
                continue
            path = documents_file(self._folders[number % len(self._folders)], number)
            for line in read_json_lines(path):
                found = PlacedDocument(**line)
                document = Document(found.id, found.text, found.metadata)
                yield settings.with_id(document, before + found.place)
            # Ids can contain the place among all entries of a text, so entries without a document
            # count, too.
            before += counts.entries
