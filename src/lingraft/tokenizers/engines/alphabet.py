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
from collections.abc import Iterable

import numpy as np

from lingraft.tokenizers.engines.prefixes import CODE_POINTS, code_points

PLANES = (range(0x10000), range(0x1F000, 0x1FB00), range(0x20000, 0x2A6E0))
# New in Unicode 17, which gigatoken knows and tokenizers does not.
_NEW = frozenset({0x088F, 0x0C5C, 0x0CDC, 0xA7CE, 0xA7CF, 0xA7D2, 0xA7D4, 0xA7F1})
_JOINERS = frozenset("\u200c\u200d")


class Alphabet:
    """Finds characters that both libraries may read differently.

    Args:
        has_marks: whether combining marks and the two joiners belong to it.
        has_numbers: whether numbers besides the ten digits of ASCII do.
    """

    def __init__(self, has_marks: bool, has_numbers: bool) -> None:
        self._has_marks, self._has_numbers = has_marks, has_numbers
        self._is_met = np.zeros(CODE_POINTS, bool)
        self._strangers: set[str] = set()
        self._search = re.compile("(?!)").search  # finds nothing

    def meet(self, texts: Iterable[str]) -> None:
        """Look at the characters of texts before they are asked about."""
        codes_N = code_points("".join(text for text in texts if not text.isascii()))
        unmet = set(codes_N[~self._is_met[codes_N]].tolist())
        self._is_met[list(unmet)] = True
        new = map(chr, unmet)
        if strangers := {character for character in new if not self.has(character)}:
            self._strangers |= strangers
            self._search = re.compile(f"[{re.escape(''.join(sorted(self._strangers)))}]").search

    def writes(self, text: str) -> bool:
        """Whether a text that was met is written in this alphabet."""
        return text.isascii() or self._search(text) is None

    def has(self, character: str) -> bool:
        """Whether both libraries are known to read it alike."""
        code, category = ord(character), unicodedata.category(character)
        # Cn: not assigned in this Python's Unicode; Cs: half of a surrogate pair.
        if category in ("Cn", "Cs") or code in _NEW or not any(code in each for each in PLANES):
            return False
        is_mark = category[0] == "M" or character in _JOINERS
        is_number = category[0] == "N" and not character.isascii()
        return (self._has_marks or not is_mark) and (self._has_numbers or not is_number)
