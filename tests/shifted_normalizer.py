"""A normalizer that needs no package, for tests: letters of Devanagari become Latin ones."""

from typing import Any, Literal

import pytest

from lingraft.corpus import normalizers
from lingraft.corpus.normalizers.normalizer import Normalizer

_FROM, _TO = 0x0905, 0x0100  # 53 letters from here


class Shift:
    """Its rules; the danda is lost."""

    def normalize(self, text: str) -> str:
        moved = (chr(ord(c) - _FROM + _TO) if "अ" <= c <= "ह" else c for c in text)
        return "".join(moved).replace("।", "")

    def invert(self, text: str) -> str:
        return "".join(chr(ord(c) + _FROM - _TO) if "Ā" <= c <= "Ĵ" else c for c in text)


class Shifted(Normalizer):
    """Text of Devanagari, moved."""

    name: Literal["shifted"]
    package = "pytest"
    scripts = ("Deva",)

    def rules(self, language: str) -> Any:
        return Shift()


def declare(monkeypatch: pytest.MonkeyPatch) -> Shifted:
    """Make it known for one test."""
    monkeypatch.setitem(normalizers.NORMALIZERS, "shifted", Shifted)
    return Shifted(name="shifted")
