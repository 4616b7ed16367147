"""Sentences with a tag for each word, from JSON lines or CoNLL files.

`<split>.jsonl(.zst)` has `{"words": [...], "tags": [...]}`. `<split>.conllu` is Universal
Dependencies' format, of which words and universal tags are read. `<split>.conll`, `.bio`, `.tsv`
and `.txt` have the word first and the tag last on a line; PAN-X's `xx:word` prefixes are removed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lingraft.corpus.records import has_records, read_records
from lingraft.errors import InputError

_COLUMN_SUFFIXES = (".conllu", ".conll", ".bio", ".tsv", ".txt")
# `(?=.)`: the word `en:` alone is no prefix.
_PANX_PREFIX = re.compile(r"^[a-z]{2,3}:(?=.)")


@dataclass(frozen=True)
class Sentence:
    """Words and their tags, equally many."""

    id: str
    words: tuple[str, ...]
    tags: tuple[str, ...]


def read_sentences(folder: Path, split: str) -> list[Sentence]:
    """The sentences of a split; empty where no file of it exists.

    Raises:
        InputError: a line is malformed, or words and tags are not equally many.
    """
    if has_records(folder, split):
        rows = [(record.get("words"), record.get("tags")) for record in read_records(folder, split)]
        return [_sentence(n, words, tags, folder, split) for n, (words, tags) in enumerate(rows)]
    for suffix in _COLUMN_SUFFIXES:
        path = folder / f"{split}{suffix}"
        if path.is_file():
            return list(read_columns(path))
    return []


def _sentence(number: int, words: object, tags: object, folder: Path, split: str) -> Sentence:
    if not isinstance(words, list) or not isinstance(tags, list) or len(words) != len(tags):
        raise InputError(
            f'{folder / split}.jsonl, sentence {number + 1}: "words" and "tags" must be lists of '
            "equal length"
        )
    return Sentence(str(number), tuple(map(str, words)), tuple(map(str, tags)))


def read_columns(path: Path) -> Iterator[Sentence]:
    """The sentences of one CoNLL or CoNLL-U file.

    Raises:
        InputError: a line is malformed.
    """
    number, words, tags = 0, list[str](), list[str]()
    lines = path.read_text("utf-8-sig").splitlines()
    # The empty line at the end closes the last sentence.
    for line_number, line in enumerate([*lines, ""], start=1):
        if line.strip() and not _is_comment(line, path):
            word, tag = _parse(line, path, line_number)
            if word:
                words.append(word)
                tags.append(tag)
        elif not line.strip() and words:
            yield Sentence(str(number), tuple(words), tuple(tags))
            number, words, tags = number + 1, [], []


def _is_comment(line: str, path: Path) -> bool:
    # In a CoNLL file of another kind "#" may be a word.
    return line.startswith("# ") and (path.suffix == ".conllu" or "\t" not in line)


def _parse(line: str, path: Path, number: int) -> tuple[str, str]:
    columns = line.split("\t") if "\t" in line else line.split()
    if path.suffix == ".conllu":
        if len(columns) < 4:
            raise InputError(f"{path}, line {number}: 10 columns expected in {line!r:.80}")
        # 1-2 is a contraction of the words that follow, 1.1 an elided word.
        return (columns[1], columns[3]) if columns[0].isdigit() else ("", "")
    if len(columns) < 2:
        raise InputError(f"{path}, line {number}: word and tag expected in {line!r:.80}")
    return _PANX_PREFIX.sub("", columns[0]), columns[-1]
