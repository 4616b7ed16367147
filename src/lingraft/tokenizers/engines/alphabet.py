"""The characters that gigatoken reads as the tokenizer does, and what else is asked of characters.

A regular expression asks of a character only its class: letter, mark, number, space. Each code
point was put between letters, digits, punctuation, spaces, breaks and itself, and the cuts of both
libraries were compared (`tests/unit/tokenizers/engines/test_gigatoken.py` repeats this): they
differ in 3,486 code points that are new in Unicode 17, and in no other. So the alphabet is that of
the older Unicode: the assigned characters of the Basic Multilingual Plane, and emoji and ideographs
beyond it.

Shapes: N characters of all texts, D texts.
"""

import unicodedata
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lingraft.tokenizers.engines.character_kinds import CharacterKinds

PLANES = (range(0x10000), range(0x1F000, 0x1FB00), range(0x20000, 0x2A6E0))
# New in Unicode 17, which gigatoken knows and tokenizers does not.
_NEW = frozenset({0x088F, 0x0C5C, 0x0CDC, 0xA7CE, 0xA7CF, 0xA7D2, 0xA7D4, 0xA7F1})
_JOINERS = frozenset("\u200c\u200d")
_JAMO = range(0x1100, 0x1200)  # letters that make syllables

# What is asked of a character, each a bit.
STRANGE = 1
"""Not known to be read alike."""
SPACE = 2
BREAK = 4
"""The end of a line."""
COMPOSES = 8
"""NFC may change it, or join it to another. Text of other characters is left as it is by NFC, in
each version of Unicode (Unicode Standard Annex 15, quick check)."""
NOT_ASCII = 16
ANY = 32
"""Each character has it."""


class TextKinds(NamedTuple):
    """The bits of texts (D,): of all their characters together, of the first and of the last."""

    any_D: NDArray[np.uint8]
    first_D: NDArray[np.uint8]
    last_D: NDArray[np.uint8]


class Alphabet:
    """Finds characters that both libraries may read differently.

    Args:
        has_marks: whether combining marks and the two joiners belong to it.
        has_numbers: whether numbers besides the ten digits of ASCII do.
    """

    def __init__(self, has_marks: bool, has_numbers: bool) -> None:
        self._has_marks, self._has_numbers = has_marks, has_numbers
        self._kinds = CharacterKinds(self._kind)

    def kinds(self, texts: list[str]) -> TextKinds:
        """What the characters of texts are; an empty text has none.

        Args:
            texts: any texts.
        """
        kinds_N = self._kinds.of_text("".join(texts))
        lengths_D = np.fromiter(map(len, texts), np.int64, len(texts))
        is_full_D = lengths_D > 0
        ends_F = np.cumsum(lengths_D[is_full_D])
        found_3D = np.zeros((3, len(texts)), np.uint8)
        if len(ends_F):
            starts_F = ends_F - lengths_D[is_full_D]
            any_F = np.bitwise_or.reduceat(kinds_N, starts_F)
            found_3D[:, is_full_D] = any_F, kinds_N[starts_F], kinds_N[ends_F - 1]
        return TextKinds(*found_3D)

    def has(self, character: str) -> bool:
        """Whether both libraries are known to read it alike."""
        code, category = ord(character), unicodedata.category(character)
        # Cn: not assigned in this Python's Unicode; Cs: half of a surrogate pair.
        if category in ("Cn", "Cs") or code in _NEW or not any(code in each for each in PLANES):
            return False
        is_mark = category[0] == "M" or character in _JOINERS
        is_number = category[0] == "N" and not character.isascii()
        return (self._has_marks or not is_mark) and (self._has_numbers or not is_number)

    def _kind(self, character: str) -> int:
        is_mark = unicodedata.category(character)[0] == "M"
        joins = is_mark or ord(character) in _JAMO or unicodedata.combining(character) != 0
        return (
            ANY
            | STRANGE * (not self.has(character))
            | SPACE * character.isspace()
            | BREAK * (character == "\n")
            | COMPOSES * (joins or not unicodedata.is_normalized("NFC", character))
            | NOT_ASCII * (not character.isascii())
        )
