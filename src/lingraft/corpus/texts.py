"""The clean documents of a corpus's texts: read in one pass, or put together from shards."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from tqdm import tqdm

from lingraft.corpus.cleaning import Cleaner
from lingraft.corpus.documents import Document
from lingraft.corpus.identification import language_identifier
from lingraft.corpus.settings import Corpus
from lingraft.errors import ConfigError


def downloads_of(name: str, settings: Corpus, downloads: Mapping[str, Path]) -> dict[str, Path]:
    """The downloads that the corpus `name` reads: source -> folder.

    Args:
        name: the corpus, for messages.
        settings: its block of the configuration.
        downloads: source -> folder of the download artifact.

    Raises:
        ConfigError: one is not given.
    """
    for source in settings.sources:
        if source not in downloads:
            raise ConfigError(f"corpus {name} needs the download of source {source}; give it")
    return {source: downloads[source] for source in settings.sources}


class CleanTexts(Protocol):
    """Clean documents, text by text in their order; counts are those of what was read so far."""

    @property
    def cleaning(self) -> Counter[str]:
        """What was read, dropped and repaired, by reason."""

    def read(self, text: int) -> int:
        """How many documents were read of a text."""

    def documents(self, text: int) -> Iterator[Document]:
        """The clean documents of a text."""


class OnePass:
    """Reads and cleans the files of the downloads."""

    def __init__(self, settings: Corpus, folders: Mapping[str, Path]) -> None:
        self._settings = settings
        self._folders = folders
        self._cleaner = Cleaner(settings.cleaning, language_identifier(settings, folders))
        self._read: Counter[int] = Counter()

    @property
    def cleaning(self) -> Counter[str]:
        """What was read, dropped and repaired so far, by reason."""
        return self._cleaner.counts

    def read(self, text: int) -> int:
        """How many documents were read of a text so far."""
        return self._read[text]

    def documents(self, text: int) -> Iterator[Document]:
        """Read the documents of a text."""
        settings = self._settings.texts[text]
        label = f"{settings.source} ({settings.format})"
        documents = settings.documents(self._folders[settings.source] / "files")
        for document in tqdm(documents, label, unit="doc", disable=None):
            self._read[text] += 1
            clean = self._cleaner.clean(document.text)
            if clean is not None:
                identifier, metadata = self._cleaner.repair(document.id, document.metadata)
                yield Document(identifier, clean, metadata)
