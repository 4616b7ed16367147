"""What the romanizations share whose tables indic-transliteration has."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import regex

from lingraft.corpus.normalizers.marking import between_marks, mark
from lingraft.corpus.normalizers.normalizer import Normalizer, SpellingRules

_OF_SCRIPT = {
    "Deva": "devanagari", "Beng": "bengali", "Gujr": "gujarati", "Guru": "gurmukhi",
    "Orya": "oriya", "Taml": "tamil", "Telu": "telugu", "Knda": "kannada", "Mlym": "malayalam",
    "Sinh": "sinhala",
}  # fmt: skip
# A romanized word. Digits and signs stay, except those that ITRANS writes before a letter.
_WRITTEN = regex.compile(r"(?:[\p{L}\p{M}\u200c\u200d]|[.~^](?=\p{L}))+")


class IndicScheme(Normalizer):
    """A romanization of the Indic scripts. What is not of the language's script stays: Latin words,
    which are marked, the danda, and other scripts."""

    scheme: ClassVar[str]
    """What indic-transliteration calls it."""

    latin: Literal["marked", "kept"] = "marked"
    """Latin words inside the text: `marked` writes `_Hello_`, so that they come back; `kept` leaves
    them as they are, where nothing tells them from romanized words any more."""

    package = "indic-transliteration"
    scripts = tuple(_OF_SCRIPT)

    def rules(self, language: str) -> SpellingRules:
        """The tables for the language's script.

        Raises:
            ConfigError: indic-transliteration is not installed.
        """
        with self.tables():
            from indic_transliteration import sanscript

        script = language.rpartition("_")[2]
        marks = self.latin == "marked"
        return _Scheme(sanscript.transliterate, script, self.scheme, marks)


@dataclass(frozen=True)
class _Scheme:
    """Both directions between a script and a romanization.

    Attributes:
        transliterate: of indic-transliteration.
        script: of the text (ISO 15924).
        scheme: the romanization.
        marks: whether Latin words are marked.
    """

    transliterate: Any
    script: str
    scheme: str
    marks: bool

    def normalize(self, text: str) -> str:
        # Joiners stay where they are: the tables of the library write some as brackets.
        letters = rf"\p{{Script={self.script}}}+"
        text = mark(text) if self.marks else text
        written = regex.sub(letters, self._romanized, text)
        return unicodedata.normalize("NFC", written)

    def _romanized(self, found: Any) -> str:
        return str(self.transliterate(found[0], _OF_SCRIPT[self.script], self.scheme))

    def invert(self, text: str) -> str:
        return unicodedata.normalize("NFC", between_marks(text, self._native))

    def _native(self, text: str) -> str:
        return _WRITTEN.sub(self._in_script, text)

    def _in_script(self, found: Any) -> str:
        return str(self.transliterate(found[0], self.scheme, _OF_SCRIPT[self.script]))
