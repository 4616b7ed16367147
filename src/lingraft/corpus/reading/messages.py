"""Program messages as plain text: plural forms, placeholders and markup are resolved or removed."""

import html
from dataclasses import dataclass

import regex

_BLOCK_TAG = regex.compile(r"</?(?:p|br|li|ul|ol|div|h\d|tr|td|table|hr)\b[^<>]*>", regex.I)
_TAG = regex.compile(r"</?[A-Za-z][^<>]*>")
_TAG_OR_COMMENT = regex.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->", regex.S)
# `&File` in most languages, `File(&F)` in Chinese, Japanese and Korean.
_ACCELERATOR = regex.compile(r"\(&\p{L}\)|&(?=\p{L})")
_PLACEHOLDER = regex.compile(r"\$\d+|\$\{?[A-Z_]{2,}\}?|%\d*\$?[sd]\b|\{[A-Za-z0-9_ ,.]*\}")
_ICU_START = regex.compile(r"\{\s*\w+\s*,\s*(?:plural|select|selectordinal)\s*,")
_ICU_CASE = regex.compile(r"\s*(?:offset:\d+\s*)?([=\w]+)\s*\{")
_EMPTY = regex.compile(r"[\"“„«‘'(\[|（「『《]\s*[\"”“»’')\]|）」』》]")
_SPACE_BEFORE = regex.compile(r"\s+(?=[,.)\]](?:\s|$)|[，。、）；：！？])")
_LEADING = regex.compile(r"^[\s,.;:!?)\]\-–—…，。、：；·•|/]+(?=\s|\p{L})")
_TRAILING = regex.compile(r"[\s,;(\[\-–—，、·•|/]")
_BRACE = regex.compile(r"[{}]")
_DEEPEST_BRACKETS = 20  # empty ones within each other, which closing of gaps removes
_SPACES = regex.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Message:
    """A message as text; `has_gaps` says that placeholders were taken out of it."""

    text: str
    has_gaps: bool


def plain_message(text: str) -> Message:
    """Turn a message with ICU plurals, HTML, accelerators and placeholders into plain text.

    The `other` case of plural and select forms stays, in every language. A placeholder leaves a
    gap; punctuation that is then alone is removed, too.
    """
    text = strip_markup(choose_case(text))
    text = _ACCELERATOR.sub("", text)
    return fill_gaps(*_PLACEHOLDER.subn(" ", text))


def fill_gaps(text: str, gaps: int) -> Message:
    """Close the gaps that removed placeholders left in `text`."""
    if gaps:
        for _ in range(_DEEPEST_BRACKETS):
            without = _EMPTY.sub(" ", text)
            if without == text:
                break
            text = without
        text = strip_end(_LEADING.sub("", text.strip()), _TRAILING)
    return Message(close_spaces(text), gaps > 0)


def close_spaces(text: str) -> str:
    """Make one space of each run of them, and none before a comma, full stop or bracket."""
    return _SPACE_BEFORE.sub("", _SPACES.sub(" ", text)).strip()


def strip_end(text: str, characters: regex.Pattern[str]) -> str:
    """The text without the run of `characters` at its end; an expression would try each start."""
    end = len(text)
    while end and characters.match(text, end - 1):
        end -= 1
    return text[:end]


def split_behind_last(text: str, mark: str) -> tuple[str, str]:
    """The text up to the last `mark`, and the rest, in which nothing can be closed by `mark`.

    Looking for the end of each of many open ones would cost their number times the length.
    """
    end = text.rfind(mark)
    end = 0 if end < 0 else end + len(mark)
    return text[:end], text[end:]


def strip_markup(text: str) -> str:
    """Remove HTML tags and resolve entities; tags of blocks become spaces."""
    closed, rest = split_behind_last(_BLOCK_TAG.sub(" ", text), "-->")
    return html.unescape(_TAG_OR_COMMENT.sub("", closed) + _TAG.sub("", rest))


def choose_case(text: str) -> str:
    """Replace each ICU plural or select form by its `other` case, nested ones included."""
    if _ICU_START.search(text) is None:
        return text
    closing = _closing_braces(text)
    parts: list[str] = []
    # A stack instead of recursion, because messages from outside can nest without limit.
    ahead = [(0, len(text), False)]  # what is still to be read, the next part last
    while ahead:
        begin, end, is_case = ahead.pop()
        start = _ICU_START.search(text, begin, end)
        until = end if start is None else start.start()
        plain = text[begin:until]
        # `#` is the number in a case of ICU; as the placeholder $1 it is removed later.
        parts.append(plain.replace("#", "$1") if is_case else plain)
        if start is not None:
            ahead.append((closing.get(start.start(), end) + 1, end, is_case))
            ahead.append((*_chosen_case(text, start.end(), end, closing), True))
    return "".join(parts)


def _chosen_case(text: str, position: int, end: int, closing: dict[int, int]) -> tuple[int, int]:
    """Begin and end of the case `other`, or of the first, of a form whose cases begin here."""
    cases: dict[str, tuple[int, int]] = {}
    while (case := _ICU_CASE.match(text, position, end)) is not None:
        close = min(closing.get(case.end() - 1, end), end)
        cases[case[1]] = (case.end(), close)
        position = close + 1
    begin, close = cases.get("other", (0, 0))
    if begin == close:
        begin, close = next(iter(cases.values()), (0, 0))
    return begin, close


def _closing_braces(text: str) -> dict[int, int]:
    """Place of each opening brace that is closed -> place of the one that closes it."""
    found = {}
    opened = []
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            opened.append(brace.start())
        elif opened:
            found[opened.pop()] = brace.start()
    return found
