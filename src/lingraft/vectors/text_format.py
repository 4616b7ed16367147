"""word2vec's text format (.vec): a header `words dimension`, then a word and its numbers a line.

Legend: W words, E dimension.
"""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from lingraft.corpus.reading.files import read_lines
from lingraft.errors import InputError

logger = logging.getLogger(__name__)

_FRACTION = re.compile(r"[-+]?\d*\.\d+(e[-+]?\d+)?", re.IGNORECASE)
_LONGEST_LINE = 1 << 20  # bytes
_FIRST_ROWS = 1024  # for which memory is taken; later an eighth more each time
_HEADER = re.compile(r"\d+ +\d+ *")


def read_text_vectors(
    path: Path, maximum_words: int | None = None
) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Read word vectors from text, plain or gzip; the header may be missing (GloVe).

    Only ASCII spaces separate, and the last E fields are the numbers, so words may have spaces
    and no-break spaces. If a word comes twice, the first (more frequent) one counts.

    Args:
        path: the file.
        maximum_words: stop after so many words.

    Returns:
        Words in file order, and their vectors (W, E) in float32.

    Raises:
        InputError: names file and line of a broken header, a vector of another dimension, a
            field that is not a number, NaN or infinity, invalid UTF-8, or of the end of a cut file.
    """
    lines = _read_lines(path)
    first = next(lines, None)
    if first is None:
        raise InputError(f"{path} is empty; word vectors are needed")
    expected, dimension = _read_header(path, first[1])
    body = lines if expected is not None else _chain(first, lines)
    words: dict[str, None] = {}
    vectors_WE = np.empty((0, dimension), np.float32)
    seen = 0
    for number, line in tqdm(body, desc=path.name, total=expected, disable=None, unit=" words"):
        if len(words) == maximum_words:
            break
        word, vector_E = _parse(path, number, line, dimension)
        seen += 1
        if word in words:
            continue
        if len(words) == len(vectors_WE):
            _resize(vectors_WE, len(words) + max(len(words) // 8, _FIRST_ROWS))
        vectors_WE[len(words)] = vector_E
        words[word] = None
    else:
        # `else` of a loop runs if there was no `break`: the file was read to its end.
        if expected is not None and seen != expected:
            raise InputError(
                f"{path} line 1 promises {expected} words, but {seen} follow; "
                "the file is cut, or its header must be repaired"
            )
    if not words:
        raise InputError(f"{path} has no word vectors")
    if seen > len(words):
        logger.warning("%s: %d duplicate words; their first vectors count", path, seen - len(words))
    _resize(vectors_WE, len(words))
    return list(words), vectors_WE


def _resize(vectors_WE: npt.NDArray[np.float32], rows: int) -> None:
    """Another number of rows in the same memory, so that there is never a second copy.

    How many come is not taken from the header: it can be wrong.
    """
    # refcheck counts the names of the array, of which the caller has one; it has no view of it.
    vectors_WE.resize((rows, vectors_WE.shape[1]), refcheck=False)


def _chain(first: tuple[int, str], rest: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    yield first
    yield from rest


def _read_lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(read_lines(path, _LONGEST_LINE), start=1):
        if len(line) > _LONGEST_LINE:
            raise InputError(f"{path} line {number} has more than {_LONGEST_LINE} bytes")
        try:
            text = line.decode("utf-8").strip("\r\n")
        except UnicodeDecodeError:
            raise InputError(f"{path} line {number} is not valid UTF-8") from None
        if text.strip(" "):
            yield number, text


def _read_header(path: Path, line: str) -> tuple[int | None, int]:
    """Number of words (None without a header) and dimension."""
    if _HEADER.fullmatch(line):
        words, dimension = map(int, line.split())
        if words == 0 or dimension == 0:
            raise InputError(f"{path} line 1: the header {line.strip()!r} promises nothing")
        return words, dimension
    dimension = 0
    # Without a header the dimension is how many numbers the first line ends with; its first field
    # is the word in any case.
    for part in reversed(line.rstrip(" ").split(" ")[1:]):
        if not is_number(part):
            break
        dimension += 1
    if dimension < 2:
        raise InputError(f"{path} line 1 is neither a header 'words dimension' nor a word vector")
    return None, dimension


def is_number(text: str) -> bool:
    """Whether a text is a number as Python writes it, such as `0.5` or `1e-3`."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _parse(
    path: Path, number: int, line: str, dimension: int
) -> tuple[str, npt.NDArray[np.float32]]:
    fields = line.rstrip(" ").rsplit(" ", dimension)
    word, *numbers = fields
    if not word:
        raise InputError(f"{path} line {number} begins with a space instead of a word")
    # Fractions behind a space in the word mean that the line has more numbers than the dimension.
    extra = word.split(" ")[1:]
    if len(numbers) < dimension or any(_FRACTION.fullmatch(part) for part in extra):
        raise InputError(f"{path} line {number} has not {dimension} numbers after its word")
    try:
        with np.errstate(over="ignore"):  # it becomes infinity, which is refused below
            vector_E = np.array(numbers, dtype=np.float32)
    except ValueError:
        raise InputError(
            f"{path} line {number} ({word!r}) has a field that is not a number"
        ) from None
    if not np.isfinite(vector_E).all():
        raise InputError(f"{path} line {number} ({word!r}) has NaN or infinity")
    return word, vector_E
