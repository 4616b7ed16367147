"""The common Latin encoding of the Indic scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import regex

from lingraft.corpus.normalizers.normalizer import Normalizer, SpellingRules

_OF_SCRIPT = {
    "Deva": "hin", "Beng": "ben", "Gujr": "guj", "Guru": "pan", "Orya": "ori", "Taml": "tam",
    "Telu": "tel", "Knda": "kan", "Mlym": "mal",
}  # fmt: skip
_URDU = "urd_Arab"
# wxconv computes with these letters of Latin-1 and, in Urdu, loses those of the text.
_LATIN_1 = regex.compile("([\u00a1-\u00fb]+)")


class WX(Normalizer):
    """The scripts of India in WX, a notation with ASCII letters for sounds, and Urdu by its table:
    related languages in different scripts then share words and their parts (Kumar et al. 2023)."""

    name: Literal["wx"]

    latin: Literal["marked", "kept"] = "marked"
    """Latin words inside the text: `marked` writes `_Hello_`, so that they come back; `kept` leaves
    them as they are, where nothing tells them from WX any more."""

    package = "wxconv"
    scripts = tuple(_OF_SCRIPT)
    case_is_spelling = True

    def covers(self, language: str) -> bool:
        """The Indic scripts, and of the languages in Arabic letters Urdu alone."""
        return language == _URDU or super().covers(language)

    def rules(self, language: str) -> SpellingRules:
        """The tables of wxconv for the script, whatever the language.

        Raises:
            ConfigError: wxconv is not installed.
        """
        with self.tables():
            from wxconv import WXC

        table = "urd" if language == _URDU else _OF_SCRIPT[language.rpartition("_")[2]]
        marks = self.latin == "marked"
        return _Converters(
            *(WXC(order=order, lang=table, rmask=marks) for order in ("utf2wx", "wx2utf"))
        )


@dataclass(frozen=True)
class _Converters:
    """The two directions of wxconv."""

    forward: Any
    backward: Any

    def normalize(self, text: str) -> str:
        return _around_latin_1(text, self.forward.convert)

    def invert(self, text: str) -> str:
        return _around_latin_1(text, self.backward.convert)


def _around_latin_1(text: str, convert: Any) -> str:
    # split with a group returns what is between the matches and the matches themselves in turns.
    parts = _LATIN_1.split(text)
    parts[::2] = [convert(part) if part else part for part in parts[::2]]
    return "".join(parts)
