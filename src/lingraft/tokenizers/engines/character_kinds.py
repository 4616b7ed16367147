"""What is known of characters, looked up for all of a text at once.

Shapes: N characters of a text.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lingraft.tokenizers.engines.prefixes import CODE_POINTS, code_points


class CharacterKinds:
    """A table of all code points, which is filled as characters are met.

    Args:
        kind_of: a number from 1 to 255 for a character.
    """

    def __init__(self, kind_of: Callable[[str], int]) -> None:
        self._kind_of = kind_of
        self._kinds = np.zeros(CODE_POINTS, np.uint8)  # 0 is one that was not met
        self._kinds[:128] = [kind_of(chr(code)) for code in range(128)]
        self._ascii = self._kinds[:256].tobytes()

    def of_text(self, text: str) -> NDArray[np.uint8]:
        """The kind of each character (N,)."""
        if text.isascii():
            return np.frombuffer(text.encode("ascii").translate(self._ascii), np.uint8)
        return self.of_codes(code_points(text))

    def of_codes(self, codes_N: NDArray[np.uint32]) -> NDArray[np.uint8]:
        """The kind of each code point (N,)."""
        kinds_N = self._kinds[codes_N]
        if not kinds_N.all():
            for code in set(codes_N[kinds_N == 0].tolist()):
                self._kinds[code] = self._kind_of(chr(code))
            kinds_N = self._kinds[codes_N]
        return kinds_N
