"""Any script in ASCII letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import regex

from lingraft.corpus.normalizers.normalizer import Normalizer, SpellingRules

# A character of another script than Latin, or a letter that several of these have in common (the
# long sound of Japanese, the tatweel of Arabic), with the marks and joiners that follow it.
_FOREIGN = regex.compile(
    r"(?:[[\p{L}||[^\p{Common}\p{Inherited}]]--\p{Latin}][\p{M}\u200c\u200d]*)+", regex.V1
)


class Romanize(Normalizer):
    """Letters of all scripts in ASCII letters, character by character; nothing comes back. Latin
    letters, signs and the digits of ASCII stay, and so does all text in Latin script."""

    name: Literal["romanize"]

    package = "anyascii"
    revision = 1

    def covers(self, language: str) -> bool:
        """All languages that are not written in Latin letters."""
        return not language.endswith("_Latn")

    def rules(self, language: str) -> SpellingRules:
        """The same for every language.

        Raises:
            ConfigError: anyascii is not installed.
        """
        with self.tables():
            from anyascii import anyascii

        return _Romanized(anyascii)


@dataclass(frozen=True)
class _Romanized:
    """The only direction that there is."""

    ascii_of: Callable[[str], str]

    def normalize(self, text: str) -> str:
        return _FOREIGN.sub(self._written, text)

    def _written(self, found: Any) -> str:
        return self.ascii_of(found[0])

    def invert(self, text: str) -> None:
        return None
