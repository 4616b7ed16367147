"""Sentences of a text, their words, and the passages in which a teacher reads them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal

import regex

from lingraft.corpus.words import split_words
from lingraft.vectors.contextual.teacher import Passage, TeacherModel

Unit = Literal["sentence", "paragraph"]

# After a mark that ends a sentence (and quotes or brackets behind it) and space; in Chinese and
# Japanese without space.
_END = regex.compile(r"(?<=[.!?…؟।։።][\"'”’»)\]]*)\s+|(?<=[。！？])(?!$)")
_BATCH = 1000  # sentences that are counted at once


def split_sentences(text: str) -> list[str]:
    """The sentences of a text: parts of its lines that end with a mark such as a full stop."""
    lines = (line.strip() for line in text.split("\n"))
    return [part for line in lines if line for part in _END.split(line) if part]


def words_of_sentences(texts: Iterable[str], language: str, lowercase: bool) -> Iterator[list[str]]:
    """The words of each sentence, in the order by which `passages_of` numbers sentences.

    Args:
        texts: documents.
        language: as in swh_Latn; decides the segmentation.
        lowercase: fold the words to lower case.
    """
    for text in texts:
        for sentence in split_sentences(text):
            words = split_words(sentence, language)
            yield [word.lower() for word in words] if lowercase else words


def spans_of_words(text: str, language: str) -> list[tuple[str, tuple[int, int]]]:
    """The words of a text with where each begins and ends, in characters.

    Args:
        text: the text.
        language: as in swh_Latn; decides the segmentation.
    """
    found, end = [], 0
    for word in split_words(text, language):
        start = text.index(word, end)
        end = start + len(word)
        found.append((word, (start, end)))
    return found


def passages_of(texts: Iterable[str], unit: Unit, teacher: TeacherModel) -> Iterator[Passage]:
    """Passages whose parts are sentences, numbered in the order of the texts.

    Args:
        texts: documents.
        unit: `sentence`: each is read alone; `paragraph`: as many sentences of a document as the
            teacher reads at once.
        teacher: says how long a passage may be.
    """
    number = 0
    if unit == "sentence":
        for text in texts:
            for sentence in split_sentences(text):
                yield Passage(sentence, [number])
                number += 1
        return
    for group in _paragraphs(texts, teacher):
        yield _joined(group, number)
        number += len(group)


def _joined(sentences: Sequence[str], number: int) -> Passage:
    spans, start = [], 0
    for sentence in sentences:
        spans.append((start, start + len(sentence)))
        start += len(sentence) + 1
    return Passage(" ".join(sentences), range(number, number + len(sentences)), spans)


def _paragraphs(texts: Iterable[str], teacher: TeacherModel) -> Iterator[list[str]]:
    """Sentences of one document, as many in a row as fit."""
    group: list[str] = []
    size, last = 0, -1
    for document, sentence, length in _measured(texts, teacher):
        if group and (document != last or size + length > teacher.room):
            yield group
            group, size = [], 0
        group.append(sentence)
        size, last = size + length, document
    if group:
        yield group


def _measured(texts: Iterable[str], teacher: TeacherModel) -> Iterator[tuple[int, str, int]]:
    """Number of the document, sentence, its tokens."""
    waiting = (
        (document, sentence)
        for document, text in enumerate(texts)
        for sentence in split_sentences(text)
    )
    while batch := list(islice(waiting, _BATCH)):
        lengths = teacher.lengths([sentence for _, sentence in batch])
        for (document, sentence), length in zip(batch, lengths, strict=True):
            yield document, sentence, length
