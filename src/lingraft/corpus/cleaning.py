"""Cleaning of single documents; what is dropped or repaired is counted by its reason."""

import unicodedata
from collections import Counter
from typing import Any

import regex

from lingraft.corpus.identification import LanguageIdentifier
from lingraft.corpus.reading.fields import repaired_metadata, repaired_text
from lingraft.corpus.settings import Cleaning

# Control and private characters, noncharacters, and invisible marks of layout. The joiners U+200C
# and U+200D and the marks of direction stay: they are spelling in Persian, Hindi and Hebrew.
_CONTROL = regex.compile(
    r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u00AD\u200B\u2060\uFEFF\uFFF9-\uFFFB\p{Co}\p{Cn}]"
)
_BREAKS = regex.compile(r"\r\n?|[\u0085\u2028\u2029]")
_SPACES = regex.compile(r"[^\S\n]+")
_BLANK_LINES = regex.compile(r" ?\n[ \n]*")
_LETTER = regex.compile(r"\p{L}")


class Cleaner:
    """Applies the rules for single texts and counts in `counts` what they did."""

    def __init__(self, rules: Cleaning, identifier: LanguageIdentifier | None = None) -> None:
        self._rules = rules
        self._identifier = identifier
        self.counts: Counter[str] = Counter()

    def clean(self, text: str) -> str | None:
        """The text in normal form, or None where a rule drops it."""
        self.counts["read"] += 1
        # A character has at least one byte: the length alone refuses most long texts without
        # encoding.
        if len(text) > self._rules.maximum_bytes or _bytes(text) > self._rules.maximum_bytes:
            self.counts["dropped_too_long"] += 1
            return None
        whole = repaired_text(text)
        if whole != text:
            if self._rules.invalid_utf8 == "drop":
                self.counts["dropped_invalid_utf8"] += 1
                return None
            self.counts["mended_invalid_utf8"] += 1
            text = whole
        text = self._normalize(text)
        if len(_LETTER.findall(text[:1000])) < self._rules.minimum_letters:
            self.counts["dropped_too_few_letters"] += 1
            return None
        if self._identifier is not None and not self._identifier.accepts(text):
            self.counts["dropped_other_language"] += 1
            return None
        return text

    def repair(self, identifier: str, metadata: Any) -> tuple[str, dict[str, Any]]:
        """Id and metadata of a document that stays, as every reader of JSON can hold them."""
        known = repaired_text(identifier)
        if known != identifier:
            self.counts["mended_ids"] += 1
        found: dict[str, Any] = repaired_metadata(metadata)
        if found != metadata:
            self.counts["repaired_metadata"] += 1
        return known, found

    def _normalize(self, text: str) -> str:
        original = text
        text = _BREAKS.sub("\n", text)
        if _CONTROL.search(text):
            self.counts["mended_control_characters"] += 1
            text = _CONTROL.sub("", text)
        if not unicodedata.is_normalized(self._rules.normalization, text):
            self.counts["mended_normalization"] += 1
            text = unicodedata.normalize(self._rules.normalization, text)
        text = _BLANK_LINES.sub("\n", _SPACES.sub(" ", text)).strip()
        self.counts["mended_any"] += text != original
        return text


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
