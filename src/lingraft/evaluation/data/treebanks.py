"""Sentences of a treebank: words with lemmas, features and heads, from CoNLL-U files.

A word may be several lines. A range (`4-5`) is what is written for the lines in it. In the Turkish
Web Treebank the derivations of a word are lines of their own, without space between, each joined
to the next by the relation `ig`; here they are one word again, with the lemma of the first line
and the place of the last one in the tree.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lingraft.corpus.reading.files import read_lines
from lingraft.errors import InputError

_LONGEST_LINE = 1 << 20
_COLUMNS = 10
_DERIVED = "ig"  # joins a line to the next one of the same word
_WRITTEN_TOGETHER = "SpaceAfter=No"
_NUMBERS = {"sg": "Sing", "pl": "Plur"}

Features = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Word:
    """A word of the tree.

    Attributes:
        form: as it is written.
        lemma: its dictionary form.
        tag: universal part of speech.
        features: the agreement features Number and Person, by name.
        cell: all that must be equal in two forms of one lemma but for these features.
        head: number of the head's line.
        relation: to the head.
        lines: the numbers of its lines.
        start: of the form in the sentence, in characters; None where it is not written by itself.
    """

    form: str
    lemma: str
    tag: str
    features: Mapping[str, str]
    cell: Features
    head: int
    relation: str
    lines: tuple[int, ...]
    start: int | None


@dataclass(frozen=True)
class TreeSentence:
    """A sentence with its tree.

    Attributes:
        id: `sent_id`, or the file and the number of the sentence.
        text: as it is written.
        words: in order.
    """

    id: str
    text: str
    words: Sequence[Word]

    def dependents(self, word: Word) -> list[Word]:
        """The words that hang on any line of a word."""
        return [other for other in self.words if other.head in word.lines and other is not word]


@dataclass
class _Lines:
    """What is known of a sentence that is being read."""

    id: str = ""
    rows: list[list[str]] = field(default_factory=list)


def read_trees(path: Path) -> Iterator[TreeSentence]:
    """The sentences of one CoNLL-U file.

    Raises:
        InputError: a line is malformed.
    """
    read = _Lines()
    count = 0
    # The empty line at the end closes the last sentence.
    for number, content in enumerate([*read_lines(path, _LONGEST_LINE), b""], start=1):
        line = content.decode("utf-8", "replace")
        if not line.strip():
            if read.rows:
                yield _sentence(read.id or f"{path.stem}:{count}", read.rows)
                count += 1
            read = _Lines()
        elif line.startswith("#"):
            key, _, value = line[1:].partition("=")
            if key.strip() == "sent_id":
                read.id = value.strip()
        else:
            read.rows.append(_row(line, path, number))


def _row(line: str, path: Path, number: int) -> list[str]:
    row = line.split("\t")
    if len(row) != _COLUMNS:
        raise InputError(f"{path}, line {number}: {_COLUMNS} columns expected in {line!r:.80}")
    if row[0].isdigit() and not row[6].isdigit():
        raise InputError(f"{path}, line {number}: the head {row[6]!r:.20} is not a number")
    return row


def _sentence(name: str, rows: Sequence[Sequence[str]]) -> TreeSentence:
    text, starts = _written(rows)
    lines = [row for row in rows if row[0].isdigit()]
    words: list[Word] = []
    waiting: list[Sequence[str]] = []
    for row in lines:
        waiting.append(row)
        if not _goes_on(row, starts):
            words.append(_word(waiting, starts))
            waiting = []
    if waiting:
        words.append(_word(waiting, starts))
    return TreeSentence(name, text, words)


def _goes_on(row: Sequence[str], starts: Mapping[int, int]) -> bool:
    """Whether the next line is of the same word."""
    number = int(row[0])
    is_next = int(row[6]) == number + 1 and number + 1 in starts
    return row[7] == _DERIVED and is_next and _WRITTEN_TOGETHER in row[9].split("|")


def _written(rows: Sequence[Sequence[str]]) -> tuple[str, dict[int, int]]:
    """The sentence's text, and where each line begins that is written by itself."""
    text, starts = "", dict[int, int]()
    within = 0  # the last line of a range
    for row in rows:
        first, dash, last = row[0].partition("-")
        if dash and last.isdigit():
            within = int(last)
        elif not first.isdigit() or int(first) <= within:
            continue  # an elided word (1.1), or one that a range has written
        else:
            starts[int(first)] = len(text)
        text += row[1] + ("" if _WRITTEN_TOGETHER in row[9].split("|") else " ")
    return text.rstrip(" "), starts


def _word(rows: Sequence[Sequence[str]], starts: Mapping[int, int]) -> Word:
    analyses = [_analysis(row[5]) for row in rows]
    last, (features, _) = rows[-1], analyses[-1]
    # Of the derivations before the last one every feature must be equal, agreement too.
    before = [(f"{i}.{key}", value) for i, row in enumerate(rows[:-1]) for key, value in _all(row)]
    return Word(
        form="".join(row[1] for row in rows),
        lemma=rows[0][2],
        tag=last[3],
        features=features,
        cell=(*before, ("tag", last[3]), ("xpos", last[4]), *analyses[-1][1]),
        head=int(last[6]),
        relation=last[7],
        lines=tuple(int(row[0]) for row in rows),
        start=starts.get(int(rows[0][0])),
    )


def _all(row: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield from (("tag", row[3]), ("xpos", row[4]), ("features", row[5]))


def _analysis(column: str) -> tuple[dict[str, str], Features]:
    """The agreement features of a line by their universal names, and the other ones.

    The Turkish Web Treebank has both in one key, `PersonNumber=V3sg`: V of the verb, A of the noun
    that it may be made of.
    """
    pairs = [part.partition("=")[::2] for part in column.split("|") if "=" in part]
    own = [value for key, value in pairs if key == "PersonNumber"]
    verbal = [value for value in own if value.startswith("V")]
    joined = (verbal or own)[-1:]
    agreement: dict[str, str] = {}
    rest: list[tuple[str, str]] = []
    for key, value in pairs:
        if key in ("Number", "Person"):
            agreement[key] = value
        elif key != "PersonNumber" or value not in joined:
            rest.append((key, value))
    for value in joined:
        person, number = value[1:2], _NUMBERS.get(value[2:])
        if person.isdigit() and number:
            agreement |= {"Person": person, "Number": number}
    return agreement, tuple(rest)
