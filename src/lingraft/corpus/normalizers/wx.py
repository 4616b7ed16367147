"""The common Latin encoding of the Indic scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import regex

from lingraft.corpus.normalizers.marking import mark
from lingraft.corpus.normalizers.normalizer import Normalizer, SpellingRules

_OF_SCRIPT = {
    "Deva": "hin", "Beng": "ben", "Gujr": "guj", "Guru": "pan", "Orya": "ori", "Taml": "tam",
    "Telu": "tel", "Knda": "kan", "Mlym": "mal",
}  # fmt: skip
_URDU = "urd_Arab"
# What wxconv is not shown: it computes with the characters of Latin-1 and loses those of the text
# (a no-break space between two words among them), and takes the joiners out of emoji.
_KEPT = regex.compile(
    r"((?:[\u00a0-\u00ff\ufeff]|\p{So}[\p{So}\u200d\ufe0f\U0001f3fb-\U0001f3ff]*)+)"
)


class WX(Normalizer):
    """The scripts of India in WX, a notation with ASCII letters for sounds, and Urdu by its table:
    related languages in different scripts then share words and their parts (Kumar et al. 2023)."""

    name: Literal["wx"]

    latin: Literal["marked", "kept"] = "marked"
    """Latin words inside the text: `marked` writes `_Hello_`, so that they come back; `kept` leaves
    them as they are, where nothing tells them from WX any more."""

    package = "wxconv"
    revision = 1
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

        # Latin words are marked here: wxconv would try a line of signs again from each of them.
        table = "urd" if language == _URDU else _OF_SCRIPT[language.rpartition("_")[2]]
        marks = self.latin == "marked"
        forward = WXC(order="utf2wx", lang=table, rmask=False)
        return _Converters(forward, WXC(order="wx2utf", lang=table, rmask=marks), marks)


@dataclass(frozen=True)
class _Converters:
    """The two directions of wxconv, and whether Latin words are marked."""

    forward: Any
    backward: Any
    marks: bool

    def normalize(self, text: str) -> str:
        return _around_kept(mark(text) if self.marks else text, self.forward.convert)

    def invert(self, text: str) -> str:
        return _around_kept(text, self.backward.convert)


def _around_kept(text: str, convert: Any) -> str:
    # split with a group returns what is between the matches and the matches themselves in turns.
    parts = _KEPT.split(text)
    parts[::2] = [convert(part) if part else part for part in parts[::2]]
    return "".join(parts)
