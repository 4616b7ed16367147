"""Where readers find the vocabularies, downloads and corpora that a dictionary refers to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lingraft.errors import InputError
from lingraft.vectors.vectorset import VectorSet


@dataclass(frozen=True)
class Places:
    """The two vocabularies, and the folders of the artifacts by name."""

    source: VectorSet
    target: VectorSet
    downloads: Mapping[str, Path] = field(default_factory=dict)
    corpora: Mapping[str, Path] = field(default_factory=dict)

    def download(self, name: str) -> Path:
        """Folder with the unpacked files of a download."""
        if name not in self.downloads:
            raise InputError(f"a dictionary needs the download {name!r}; give it with --downloads")
        folder = self.downloads[name]
        return folder / "files" if (folder / "files").is_dir() else folder

    def corpus(self, name: str) -> Path:
        """Folder of a corpus."""
        if name not in self.corpora:
            raise InputError(f"a dictionary needs the corpus {name!r}; give it with --corpora")
        return self.corpora[name]


def single_word(text: str) -> str | None:
    """The text if it is one word without spaces and with a letter in it, else None."""
    word = text.strip()
    is_word = bool(word) and not any(map(str.isspace, word)) and any(map(str.isalpha, word))
    return word if is_word else None
