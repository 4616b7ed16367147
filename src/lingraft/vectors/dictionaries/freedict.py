"""FreeDict in the dictd format: `.index` (headword, offset, length) and `.dict.dz` (gzip).

Offsets and lengths are numbers in base 64. An article is the headword with its pronunciation on
the first line, translations on unindented lines, notes and references on indented ones:

    fulani /fulˈani/ <adj>
    certain, some, such-and-such
       Synonym: {...}
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lingraft.errors import InputError
from lingraft.vectors.dictionaries.dictionary import (
    DictionaryInputs,
    DownloadedDictionary,
    ReversibleDictionary,
)
from lingraft.vectors.word_pairs import WordPair, phrase

_LARGEST_FILE = 1 << 30  # bytes
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_DIGITS = {character: value for value, character in enumerate(_ALPHABET)}
_ASIDE = re.compile(r"<[^>]*>|\[[^\]]*\]|\([^)]*\)|\{[^}]*\}|/[^/]*/")
_NUMBERING = re.compile(r"^\s*\d+\.\s*")


class FreeDict(DownloadedDictionary, ReversibleDictionary):
    """A dictionary in the dictd format (.index and .dict.dz), as in FreeDict's packages."""

    format: Literal["freedict"]

    def read_file(self, inputs: DictionaryInputs) -> Iterator[WordPair]:
        """Yield translations of headwords: words, and phrases each of whose words has a letter.

        Raises:
            InputError: the download has not exactly one dictionary, or it is damaged.
        """
        for article in read_articles(inputs.download(self.source)):
            source, key = phrase(article.headword), phrase(article.key)
            # A note in the key alone says that the headword is not all of it.
            if source is None or key is None or source.count(" ") != key.count(" "):
                continue
            for sense in article.senses:
                for part in re.split(r"[,;]", sense):
                    if target := phrase(part):
                        yield WordPair(source, target)


@dataclass(frozen=True)
class Article:
    """An entry of a dictionary, with its translations or explanations, one a sense.

    Notes in brackets, grammar and pronunciation are taken out of the headword and the senses. The
    key is the headword in the index, which may fold case and accents.
    """

    key: str
    headword: str
    senses: tuple[str, ...]


def read_articles(folder: Path) -> Iterator[Article]:
    """Yield the articles of the one dictionary in a folder, phrases included.

    Raises:
        InputError: the folder has not exactly one dictionary, or it is damaged.
    """
    from lingraft.corpus.reading.files import read_whole

    index = _only(folder, "*.index")
    articles = read_whole(_only(folder, "*.dict*"), _LARGEST_FILE)
    for number, line in enumerate(index.read_text(encoding="utf-8").split("\n"), start=1):
        headword, *numbers = line.split("\t")
        # Headwords that begin with 00database are notes about the dictionary itself.
        if not line or headword.startswith("00database"):
            continue
        try:
            offset, length = (_decode(digits) for digits in numbers[:2])
        except (KeyError, ValueError):
            raise InputError(f"{index} line {number} is not a dictd index line") from None
        if offset + length > len(articles):
            raise InputError(f"{index} line {number} points behind the end of its dictionary")
        article = articles[offset : offset + length].decode("utf-8", errors="replace")
        yield _parse(headword, article)


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(path for path in folder.rglob(pattern) if path.is_file())
    if len(found) != 1:
        raise InputError(
            f"{folder} has {len(found)} files {pattern}, not one; it must have one FreeDict"
        )
    return found[0]


def _decode(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 64 + _DIGITS[digit]
    return value


def _parse(key: str, article: str) -> Article:
    first, *rest = article.split("\n")
    lines = (_NUMBERING.sub("", line) for line in rest if line and not line[0].isspace())
    senses = (" ".join(_ASIDE.sub(" ", line).split()) for line in lines)
    return Article(key, " ".join(_ASIDE.sub(" ", first).split()), tuple(filter(None, senses)))
