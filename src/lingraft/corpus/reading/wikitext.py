"""Wikitext of MediaWiki's messages as plain text."""

import regex

from lingraft.corpus.reading.messages import (
    Message,
    fill_gaps,
    split_behind_last,
    strip_markup,
)

_VERBATIM = regex.compile(r"<(pre|nowiki|source|syntaxhighlight)\b", regex.I)
_TEMPLATE = regex.compile(r"\{\{([^{}]*)\}\}")
_FILE_LINK = regex.compile(r"\[\[(?:File|Image|Category):[^\[\]]*\]\]", regex.I)
_LINK = regex.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]]*)\]\]")
_EXTERNAL_LINK = regex.compile(r"\[(?:https?:)?//[^\s\]]+(?:\s+([^\]]*))?\]|\[\$\d+ ([^\]]*)\]")
_ADDRESS = regex.compile(r"\b(?:https?|mailto):\S+")
_LINE_START = regex.compile(r"^[*#:;=\s]+|\s*=+\s*$", regex.M)
_LONG_RUN = regex.compile(r"([\s=]{100})[\s=]+")  # of which the end would be sought from each place
_EMPHASIS = regex.compile(r"'{2,5}")
_PLACEHOLDER = regex.compile(r"\$\d+|\$[A-Z_]{2,}|%\d*\$?[sd]\b|\{\{\{[^{}]*\}\}\}|\uE000")
_CODE = regex.compile(
    r"^[^\S\n]*(/\*|//|#\s|<!--|&nbsp;)|\bfunction\s*\(|__[A-Z]+__|\{\||^\|-|^! ", regex.M
)
_DEEPEST = 50  # templates within each other
_GAP = "\ue000"  # in place of what is known only when the page is shown


def is_code(text: str) -> bool:
    """Whether a message is a script, a style sheet or a table, not text."""
    return _CODE.search(text) is not None


def plain_wikitext(text: str) -> Message:
    """Turn wikitext into plain text.

    One of the plural or gender forms stays, the same in every language; other templates, parameters
    and addresses leave gaps.
    """
    text = _without_verbatim(text)
    for _ in range(_DEEPEST):
        resolved = _TEMPLATE.sub(_resolve, text)
        if resolved == text:
            break
        text = resolved
    text = _LINK.sub(r"\1", _FILE_LINK.sub("", text))
    closed, rest = split_behind_last(text, "]")
    text = _EXTERNAL_LINK.sub(lambda link: link[1] or link[2] or _GAP, closed) + rest
    text = _LONG_RUN.sub(r"\1", _ADDRESS.sub(_GAP, text))
    text = _EMPHASIS.sub("", _LINE_START.sub("", text))
    text = strip_markup(text).replace("[[", "").replace("]]", "")
    return fill_gaps(*_PLACEHOLDER.subn(" ", text))


def _without_verbatim(text: str) -> str:
    """Gaps in place of what is not wikitext; an element that nothing closes stays."""
    parts = []
    position = 0
    unclosed: set[str] = set()
    for start in _VERBATIM.finditer(text):
        name = start[1].lower()
        if start.start() < position or name in unclosed:
            continue
        close = regex.search(f"</{name}>", text, regex.I, pos=start.end())
        if close is None:
            unclosed.add(name)
            continue
        parts += [text[position : start.start()], _GAP]
        position = close.end()
    return "".join([*parts, text[position:]])


def _resolve(template: regex.Match[str]) -> str:
    name, _, arguments = template[1].partition(":")
    choices = [choice for choice in arguments.split("|")[1:] if not regex.match(r"\s*\d+=", choice)]
    function = name.strip().upper()
    if function == "PLURAL" and choices:
        return choices[-1]
    if function in ("GENDER", "GRAMMAR") and choices:
        return choices[0] if function == "GENDER" else choices[-1]
    return _GAP
