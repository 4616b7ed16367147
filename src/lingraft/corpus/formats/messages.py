"""Program messages as plain text: plural forms, placeholders and markup are resolved or removed."""

import html
from dataclasses import dataclass

import regex

_BLOCK_TAG = regex.compile(r"</?(?:p|br|li|ul|ol|div|h\d|tr|td|table|hr)\b[^<>]*>", regex.I)
_TAG = regex.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->", regex.S)
_ACCELERATOR = regex.compile(r"\(&\p{L}\)|&(?=\p{L})")
_PLACEHOLDER = regex.compile(r"\$\d+|\$\{?[A-Z_]{2,}\}?|%\d*\$?[sd]\b|\{[A-Za-z0-9_ ,.]*\}")
_ICU_START = regex.compile(r"\{\s*\w+\s*,\s*(?:plural|select|selectordinal)\s*,")
_ICU_CASE = regex.compile(r"\s*(?:offset:\d+\s*)?([=\w]+)\s*\{")
_EMPTY = regex.compile(r"[\"“„«‘'(\[|（「『《]\s*[\"”“»’')\]|）」』》]")
_SPACE_BEFORE = regex.compile(r"\s+(?=[,.)\]](?:\s|$)|[，。、）；：！？])")
_LEADING = regex.compile(r"^[\s,.;:!?)\]\-–—…，。、：；·•|/]+(?=\s|\p{L})")
_TRAILING = regex.compile(r"[\s,;(\[\-–—，、·•|/]+$")
_SPACES = regex.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Message:
    """A message as text; `has_gaps` says that placeholders were taken out of it."""

    text: str
    has_gaps: bool


def plain_message(text: str) -> Message:
    """Turn a message with ICU plurals, HTML, accelerators and placeholders into plain text.

    Of plural and select forms the `other` case stays, in every language. A placeholder leaves a
    gap; what punctuation it leaves standing alone is removed with it.
    """
    text = strip_markup(choose_case(text))
    text = _ACCELERATOR.sub("", text)
    return fill_gaps(*_PLACEHOLDER.subn(" ", text))


def fill_gaps(text: str, gaps: int) -> Message:
    """Close the gaps that removed placeholders left in `text`."""
    if gaps:
        while (without := _EMPTY.sub(" ", text)) != text:
            text = without
        text = _TRAILING.sub("", _LEADING.sub("", text.strip()))
    return Message(close_spaces(text), gaps > 0)


def close_spaces(text: str) -> str:
    """Make one space of each run of them, and none before a comma, full stop or bracket."""
    return _SPACE_BEFORE.sub("", _SPACES.sub(" ", text)).strip()


def strip_markup(text: str) -> str:
    """Remove HTML tags and resolve entities; tags of blocks become spaces."""
    return html.unescape(_TAG.sub("", _BLOCK_TAG.sub(" ", text)))


def choose_case(text: str) -> str:
    """Replace each ICU plural or select form by its `other` case, nested ones included."""
    while (start := _ICU_START.search(text)) is not None:
        cases, end = _read_cases(text, start.end())
        chosen = cases.get("other") or next(iter(cases.values()), "")
        text = text[: start.start()] + chosen.replace("#", "$1") + text[end:]
    return text


def _read_cases(text: str, position: int) -> tuple[dict[str, str], int]:
    cases = {}
    while (case := _ICU_CASE.match(text, position)) is not None:
        end = _closing_brace(text, case.end())
        cases[case[1]] = text[case.end() : end]
        position = end + 1
    return cases, _closing_brace(text, position) + 1


def _closing_brace(text: str, position: int) -> int:
    depth = 1
    while position < len(text):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            break
        position += 1
    return position
