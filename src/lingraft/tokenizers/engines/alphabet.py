"""The characters that gigatoken reads as the tokenizer does.

A regular expression asks of a character only its class: letter, mark, number, space. Each code
point was put between letters, digits, punctuation, spaces, breaks and itself, and the cuts of both
libraries were compared (`tests/unit/tokenizers/engines/test_alphabet.py` repeats this): they differ
in 3,486 code points that are new in Unicode 17, and in no other. So the alphabet is that of the
older Unicode: the assigned characters of the Basic Multilingual Plane, and emoji and ideographs
beyond it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

# New in Unicode 17, which gigatoken knows and tokenizers does not.
NEW = frozenset({0x088F, 0x0C5C, 0x0CDC, 0xA7CE, 0xA7CF, 0xA7D2, 0xA7D4, 0xA7F1})
PLANES = (range(0x10000), range(0x1F000, 0x1FB00), range(0x20000, 0x2A6E0))
_JOINERS = frozenset("\u200c\u200d")


def characters(with_marks: bool) -> Iterator[str]:
    """The characters of the alphabet, in their order.

    Args:
        with_marks: whether combining marks and the two joiners belong to it.
    """
    for plane in PLANES:
        for code in plane:
            character = chr(code)
            category = unicodedata.category(character)
            # Cn: not assigned in this Python's Unicode; Cs: half of a surrogate pair.
            if category in ("Cn", "Cs") or code in NEW:
                continue
            if with_marks or not (category[0] == "M" or character in _JOINERS):
                yield character


@cache
def stranger(with_marks: bool) -> re.Pattern[str]:
    """An expression that finds a character outside of the alphabet."""
    ranges = _ranges(ord(character) for character in characters(with_marks))
    # Escapes of eight digits are safe inside a set, whatever the character means there.
    inside = "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
    return re.compile(f"[^{inside}]")


def _ranges(codes: Iterable[int]) -> Iterator[tuple[int, int]]:
    last = first = next(numbers := iter(codes))
    for code in numbers:
        if code != last + 1:
            yield first, last
            first = code
        last = code
    yield first, last
