"""Pages of LibreOffice's help as paragraphs of plain text."""

import re
from collections import Counter
from html.parser import HTMLParser

from lingraft.corpus.reading.messages import close_spaces

_ARTICLE = '<div id="DisplayArea"'
_DEEPEST_SWITCH = 20
_MOST_OPEN = 50  # constructs at the end of a page that nothing closes
_UNKNOWN_SECTION = re.compile(
    r"<!\[(?!(?:temp|cdata|ignore|include|rcdata|if|else|endif)(?![-_.a-zA-Z0-9]))", re.IGNORECASE
)
_COMMENT_END = re.compile(r"--\s*>")
_SECTION_END = re.compile(r"\]\s*(?:\]\s*)?>")
_BLOCKS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6"))
_VOID = frozenset(("br", "img", "meta", "link", "input", "hr", "wbr", "col", "base"))
# Listings of programs are the same in every language; headers and footers are those of the site.
_SKIPPED = frozenset(("script", "style", "pre", "header", "footer", "aside"))


def read_page(markup: str) -> list[tuple[str, str]]:
    """The paragraphs of a page as (id, text); a repeated id gets a number."""
    parser = _PageParser()
    # Navigation and scripts around the article are a third of a page.
    parser.feed(_closed(markup[max(0, markup.find(_ARTICLE)) :].partition("<footer")[0]))
    parser.close()
    seen: Counter[str] = Counter()
    paragraphs = []
    for identifier, text in parser.paragraphs:
        seen[identifier] += 1
        count = seen[identifier]
        paragraphs.append((identifier if count == 1 else f"{identifier}.{count}", text))
    return paragraphs


def is_heading(identifier: str) -> bool:
    """Whether a paragraph of a page, by the id of its document, is a heading."""
    return "#hd_" in identifier


def _closed(markup: str) -> str:
    """The page with many open constructs at its end as text, and unknown sections as well.

    The parser looks for the end of each open tag or comment through all that follows. It raises an
    error at a section that it does not know (`<![x`).
    """
    markup = _UNKNOWN_SECTION.sub("&lt;![", markup)
    for begin, end in (("<!--", _COMMENT_END), ("<![", _SECTION_END)):
        if markup.count(begin) > _MOST_OPEN:
            last = max((found.end() for found in end.finditer(markup)), default=0)
            markup = _open_as_text(markup, begin, last)
    return _open_as_text(markup, "<", markup.rfind(">") + 1)


def _open_as_text(markup: str, begin: str, place: int) -> str:
    """The page with what begins behind `place`, where nothing closes it, as text if it is much."""
    if markup.count(begin, place) <= _MOST_OPEN:
        return markup
    return markup[:place] + markup[place:].replace("<", "&lt;")


class _PageParser(HTMLParser):
    """Collects the text of paragraphs and headings.

    A switch contains variants for systems or applications, of which the reader sees one: the
    default if there is one, else the first. `_variants` has those of each open switch.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.paragraphs: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []  # (tag, role) of open elements
        self._tags: Counter[str] = Counter()  # of open elements
        self._texts: list[list[str]] = []  # text being collected, innermost last
        self._variants: list[list[tuple[bool, str]]] = []
        self._id = self._last_id = ""
        self._without_id = 0
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.handle_data(" ")
            return
        role = self._role(tag, {name: value or "" for name, value in attrs})
        self._open.append((tag, role))
        self._tags[tag] += 1
        if role == "skipped":
            self._skipping += 1
        elif role == "switch":
            self._variants.append([])
        elif role in ("block", "default", "variant"):
            self._texts.append([])

    def _role(self, tag: str, attributes: dict[str, str]) -> str:
        classes = attributes.get("class", "").split()
        identifier = attributes.get("id", "")
        if tag in _SKIPPED:
            return "skipped"
        if self._skipping:
            return "other"
        if tag in _BLOCKS and not self._texts:
            self._name_block(identifier)
            return "block"
        if not self._texts or tag != "span":
            return "other"
        if "switchinline" in classes and len(self._variants) < _DEEPEST_SWITCH:
            return "switch"
        if self._variants and "hidden" in attributes and self._open[-1][1] == "switch":
            return "default" if identifier.startswith("default") else "variant"
        return "other"

    def _name_block(self, identifier: str) -> None:
        """Notes and embedded paragraphs have no id: they count from the last one that has."""
        self._without_id = 0 if identifier else self._without_id + 1
        self._last_id = identifier or self._last_id
        self._id = identifier or f"{self._last_id}+{self._without_id}"

    def handle_endtag(self, tag: str) -> None:
        if not self._tags[tag]:
            return
        while self._open:
            opened, role = self._open.pop()
            self._tags[opened] -= 1
            self._close(role)
            if opened == tag:
                return

    def _close(self, role: str) -> None:
        if role == "skipped":
            self._skipping -= 1
        elif role == "switch":
            # False sorts before True, and sorting is stable: the default, else the first variant.
            variants = sorted(self._variants.pop(), key=lambda variant: not variant[0])
            self.handle_data(variants[0][1] if variants else "")
        elif role in ("default", "variant"):
            self._variants[-1].append((role == "default", "".join(self._texts.pop())))
        elif role == "block" and (text := close_spaces("".join(self._texts.pop()))):
            self.paragraphs.append((self._id, text))

    def handle_data(self, data: str) -> None:
        if self._texts and not self._skipping:
            self._texts[-1].append(data)
