"""Latin passages in text of another script.

A romanized text no longer shows which of its letters were Latin before. A word of Latin letters,
with the digits and signs that touch it, is put between low lines, as wxconv does it: `_Hello_`.
"""

from collections.abc import Callable

import regex

_SIGNS = r"!-/:-@\[-`{-~"  # of ASCII
# It begins where a run of such characters begins, and what was taken is not given back: a line of
# signs alone is tried once, and not again from each of its characters.
_WORD = regex.compile(rf"(?<![0-9{_SIGNS}])[0-9{_SIGNS}]*+[A-Za-z][0-9A-Za-z{_SIGNS}]*+")
_MARKED = regex.compile(rf"_([0-9A-Za-z{_SIGNS}]+)_")


def mark(text: str) -> str:
    """The text with its Latin words marked."""
    return _WORD.sub(lambda found: f"_{found[0]}_", text)


def between_marks(text: str, change: Callable[[str], str]) -> str:
    """The text changed outside of the marked words, whose marks are removed."""
    parts, end = [], 0
    for found in _MARKED.finditer(text):
        parts += [change(text[end : found.start()]), found[1]]
        end = found.end()
    return "".join([*parts, change(text[end:])])
