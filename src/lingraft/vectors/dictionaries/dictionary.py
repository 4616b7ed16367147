"""What every format of dictionaries has: settings, and a method that reads its word pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, PositiveFloat

from lingraft.config.base import Block, Name
from lingraft.errors import InputError
from lingraft.vectors.word_pairs import WordPair

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet


SideDoor = Callable[[str], str]


@dataclass(frozen=True)
class DictionaryInputs:
    """What dictionaries are read from: the two vocabularies, and folders of artifacts by name."""

    source: VectorSet
    target: VectorSet
    downloads: Mapping[str, Path] = field(default_factory=dict)
    corpora: Mapping[str, Path] = field(default_factory=dict)
    source_door: SideDoor | None = None
    """Writes a word of the source language as the source vectors have it; None: as it is."""
    target_door: SideDoor | None = None

    def as_learned(self, pair: WordPair) -> WordPair:
        """A pair of a file, its words written as in the two vocabularies."""
        source = pair.source if self.source_door is None else self.source_door(pair.source)
        target = pair.target if self.target_door is None else self.target_door(pair.target)
        return pair._replace(source=source, target=target)

    def download(self, name: str) -> Path:
        """Folder with the unpacked files of a download.

        Raises:
            InputError: the download is not given.
        """
        if name not in self.downloads:
            raise InputError(f"a dictionary needs the download {name!r}; give it by `downloads=`")
        folder = self.downloads[name]
        return folder / "files" if (folder / "files").is_dir() else folder

    def corpus(self, name: str) -> Path:
        """Folder of a corpus.

        Raises:
            InputError: the corpus is not given.
        """
        if name not in self.corpora:
            raise InputError(f"a dictionary needs the corpus {name!r}; give it by `corpora=`")
        return self.corpora[name]


class Dictionary(Block):
    """Pairs of words: a word of the source language and a translation."""

    format: str
    """Format of the dictionary."""
    weight: PositiveFloat = 1.0
    """Weight of these pairs in the fit; give in-domain dictionaries more."""
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the source words whose pairs are read. Dictionaries with the same share leave out
    the same words, which can then measure what was made from the others."""

    # Whether its words are those of a file, which no normalizer has written anew.
    brings_words: ClassVar[bool] = False
    # Whether the pairs measure an alignment. Guesses from spelling are evidence for the fit only.
    is_gold: ClassVar[bool] = True

    @property
    def origin(self) -> str:
        """What the pairs say they come from, as `freedict:eng-swh`."""
        return ":".join([self.format, *(name for _, name in self.made_from)])

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """(section of the configuration, name) of the download or corpus that it is read from."""
        return ()

    def read(self, inputs: DictionaryInputs) -> Iterator[WordPair]:
        """Yield the pairs, from the source language to the target language, phrases included.

        Raises:
            InputError: the dictionary is missing or damaged.
        """
        raise NotImplementedError


class ReversibleDictionary(Dictionary):
    """A dictionary whose file has one direction, which need not be that of the alignment."""

    reversed: bool = False
    """The file goes from the target language to the source language."""

    def read(self, inputs: DictionaryInputs) -> Iterator[WordPair]:
        """Yield the pairs of the file, turned around if it is reversed."""
        for pair in self.read_file(inputs):
            turned = pair._replace(source=pair.target, target=pair.source)
            yield turned if self.reversed else pair

    def read_file(self, inputs: DictionaryInputs) -> Iterator[WordPair]:
        """Yield the pairs in the direction of the file.

        Raises:
            InputError: the dictionary is missing or damaged.
        """
        raise NotImplementedError


class DownloadedDictionary(Dictionary):
    """A dictionary in the files of a download."""

    brings_words = True

    source: Name
    """The source (download) with the dictionary."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The download."""
        return (("sources", self.source),)
