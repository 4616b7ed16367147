"""Unbalanced markup of any size is read in time that grows with its length alone.

Each of these texts kept an earlier version busy for at least half a minute; the limit here is for
the busiest machine. Sizes and depths decide, never a clock.
"""

import json
import struct
from pathlib import Path

import pytest

from lingraft.corpus.formats.mediawiki import MediawikiCatalog
from lingraft.corpus.formats.text import PlainText
from lingraft.corpus.reading import files
from lingraft.corpus.reading.help_pages import read_page
from lingraft.corpus.reading.messages import choose_case, plain_message
from lingraft.corpus.reading.resource_packs import read_pack
from lingraft.corpus.reading.wikitext import plain_wikitext
from lingraft.errors import InputError

pytestmark = pytest.mark.timeout(60)
MANY = 30_000
OPEN = ["{{", "<!--", "<pre ", "[//x", "{a,plural,other{", "{a,plural,x{", "(", "= ", ", ", " \n"]
PAIRS = [("{{", "}}"), ("{a,plural,other{", "}}"), ("(", ")"), ('"', "'"), ("<b>", "</b>")]
SWITCH = "<span class='switchinline'><span hidden>"


@pytest.mark.parametrize("unit", OPEN)
def test_what_nothing_closes_costs_no_more_than_its_length(unit: str) -> None:
    for function in (plain_message, plain_wikitext):
        assert function(f"$1 {unit * MANY}x").text.endswith("x") or unit == "<pre "


@pytest.mark.parametrize(("begin", "end"), PAIRS)
def test_deep_nesting_ends(begin: str, end: str) -> None:
    for function in (plain_message, plain_wikitext):
        assert isinstance(function(f"$1{begin * MANY}x{end * MANY}").text, str)


def test_nested_forms_give_their_innermost_case() -> None:
    assert choose_case("{a,plural,other{" * MANY + "x#" + "}}" * MANY) == "x$1"


@pytest.mark.parametrize("unit", ["<a ", "<!--", "</b>", "<![CDATA[>", "<![x[", SWITCH])
def test_help_pages_of_any_markup_end(unit: str) -> None:
    opened = "<span>" * MANY if unit == "</b>" else ""
    assert isinstance(read_page(f"<p id='y'>{opened}{unit * MANY}"), list)


def test_deep_json_of_a_catalog_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "i18n").mkdir()
    path = tmp_path / "i18n" / "sw.json"
    path.write_text('{"a": ' + "[" * MANY + "]" * MANY + "}")
    settings = MediawikiCatalog(source="s", format="mediawiki", locale="sw")
    with pytest.raises(InputError, match=r"sw\.json is not valid JSON"):
        list(settings.documents(tmp_path))
    path.write_text(json.dumps({"a\ud800": "A message", "b": "Other"}))
    assert len(list(settings.documents(tmp_path))) == 2


def _pack(path: Path, offsets: list[int], aliases: list[int], body: bytes) -> Path:
    count = len(offsets) - 1
    begin = 12 + 6 * (count + 1) + 4 * len(aliases)
    data = struct.pack("<IB3xHH", 5, 1, count, len(aliases))
    data += b"".join(struct.pack("<HI", n, begin + place) for n, place in enumerate(offsets))
    data += b"".join(struct.pack("<HH", 1000 + n, index) for n, index in enumerate(aliases))
    path.write_bytes(data + body)
    return path


def test_packs_hold_no_more_than_they_weigh(tmp_path: Path) -> None:
    body = b"This is text. " * 1000
    size = len(body)
    assert len(read_pack(_pack(tmp_path / "a.pak", [0, 5, size], [1, 1], body))) == 4
    with pytest.raises(InputError, match=r"a\.pak is damaged: its entries overlap"):
        read_pack(_pack(tmp_path / "a.pak", [0, size, 0, size], [], body))
    with pytest.raises(InputError, match="its messages are longer than it"):
        read_pack(_pack(tmp_path / "a.pak", [0, size], [0] * 30, body))


@pytest.mark.parametrize("unit", ["paragraph", "file"])
def test_a_document_without_an_end_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unit: str
) -> None:
    monkeypatch.setattr(files, "LONGEST_LINE", 1000)
    (tmp_path / "a.txt").write_text("some words\n" * 10_000 + "\nthe next one\n")
    settings = PlainText(source="s", format="text", unit=unit)
    first, *others = settings.documents(tmp_path)
    assert 1000 <= len(first.text) < 1020  # the cleaning drops and counts what is so long
    assert [found.text for found in others] == ["the next one"] * (unit == "paragraph")
