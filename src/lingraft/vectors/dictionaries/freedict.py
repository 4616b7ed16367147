"""FreeDict in the dictd format: `.index` (headword, offset, length) and `.dict.dz` (gzip).

Offsets and lengths are numbers in base 64. An article is the headword with its pronunciation on
the first line, translations on unindented lines, notes and references on indented ones:

    fulani /fulˈani/ <adj>
    certain, some, such-and-such
       Synonym: {...}
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from lingraft.errors import InputError
from lingraft.vectors.dictionaries.dictionary import (
    DictionaryInputs,
    DownloadedDictionary,
    ReversibleDictionary,
)
from lingraft.vectors.word_pairs import WordPair, single_word

_LARGEST_FILE = 1 << 30  # bytes
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_DIGITS = {character: value for value, character in enumerate(_ALPHABET)}
_ASIDE = re.compile(r"<[^>]*>|\[[^\]]*\]|\([^)]*\)|\{[^}]*\}|/[^/]*/")
_NUMBERING = re.compile(r"^\s*\d+\.\s*")


class FreeDict(DownloadedDictionary, ReversibleDictionary):
    """A dictionary in the dictd format (.index and .dict.dz), as in FreeDict's packages."""

    format: Literal["freedict"]

    def read_file(self, inputs: DictionaryInputs) -> Iterator[WordPair]:
        """Yield one-word translations of one-word headwords.

        Raises:
            InputError: the download has not exactly one dictionary, or it is damaged.
        """
        from lingraft.corpus.reading.files import read_whole

        folder = inputs.download(self.source)
        index = _only(folder, "*.index")
        articles = read_whole(_only(folder, "*.dict*"), _LARGEST_FILE)
        for number, line in enumerate(index.read_text(encoding="utf-8").split("\n"), start=1):
            headword, *numbers = line.split("\t")
            # Headwords that begin with 00database are notes about the dictionary itself.
            if not line or headword.startswith("00database") or single_word(headword) is None:
                continue
            try:
                offset, length = (_decode(digits) for digits in numbers[:2])
            except (KeyError, ValueError):
                raise InputError(f"{index} line {number} is not a dictd index line") from None
            if offset + length > len(articles):
                raise InputError(f"{index} line {number} points behind the end of its dictionary")
            article = articles[offset : offset + length].decode("utf-8", errors="replace")
            for source, target in _translations(article):
                yield WordPair(source, target)


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


def _translations(article: str) -> Iterator[tuple[str, str]]:
    first, *rest = article.split("\n")
    # The index folds case and accents; the article spells the headword as it is written.
    source = single_word(_ASIDE.sub(" ", first))
    if source is None:
        return
    for line in rest:
        if not line or line[0].isspace():
            continue
        for part in re.split(r"[,;]", _ASIDE.sub(" ", _NUMBERING.sub("", line))):
            target = single_word(part)
            if target is not None:
                yield source, target
