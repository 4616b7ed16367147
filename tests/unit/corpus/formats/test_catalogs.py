"""Catalogs: the same id is the same message in every language."""

import json
import struct
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from lingraft.corpus.documents import Document
from lingraft.corpus.formats import AnyTextInput
from lingraft.corpus.reading.help_pages import read_page
from lingraft.corpus.reading.resource_packs import read_pack
from lingraft.errors import InputError

PAGE = """<!DOCTYPE html><html><head><title>T</title><script>var p = "<p id='x'>";</script></head>
<body><header><p dir="auto">LibreOffice Help</p></header><div id="DisplayArea">
<h1 id="hd_1" dir="auto">Text  Flow</h1>
<p id="par_1" class="paragraph">Press <span class="switchinline"><span hidden="true"
id="MACx" class="MAC"><span class="keycode">Command</span></span><span hidden="true"
id="defaultx"><span class="keycode">Ctrl</span></span></span>+C &amp; paste
<img src="x.svg" alt="Icon">.</p>
<div class="note"><div class="notetext"><p dir="auto">A note.</p></div></div>
<p id="par_2">The <span class="switchinline"><span hidden="true" id="IMPRESSx" class="IMPRESS">slide
</span><span hidden="true" id="DRAWx" class="DRAW">page</span></span>.<br>Next</p>
<div class="bascode"><pre><code><p>Sub Main</p></code></pre></div>
<p id="par_1">Again.</p></div><footer><p>This page is</p></footer></body>"""


def _pack(path: Path, messages: dict[int, str | bytes], aliases: dict[int, int]) -> None:
    contents = [m if isinstance(m, bytes) else m.encode() for m in messages.values()]
    header = struct.pack("<IB3xHH", 5, 1, len(contents), len(aliases))
    offset = len(header) + 6 * (len(contents) + 1) + 4 * len(aliases)
    table = b""
    for number, content in zip([*messages, 0], [*contents, b""], strict=True):
        table += struct.pack("<HI", number, offset)
        offset += len(content)
    table += b"".join(struct.pack("<HH", number, index) for number, index in aliases.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header + table + b"".join(contents))


def _read(files: Path, form: str, locale: str) -> list[Document]:
    content = {"source": "s", "format": form, "locale": locale}
    return list(TypeAdapter(AnyTextInput).validate_python(content).documents(files))


def test_chromium(tmp_path: Path) -> None:
    messages = {800: "&About", 3: "Hi $1", 9: b"\x1f\x8b\x08web page", 5: b"caf\xe9"}
    _pack(tmp_path / "usr/lib/locales/sw.pak", messages, {7: 0})
    (tmp_path / "usr/lib/locales/sw_FEMININE.pak").write_bytes(b"stub")
    documents = _read(tmp_path, "chromium", "sw")
    assert [(found.id, found.text) for found in documents] == [
        ("chromium/3", "Hi"),
        ("chromium/5", "caf\udce9"),
        ("chromium/7", "About"),
        ("chromium/800", "About"),
    ]
    assert [found.metadata["gaps"] for found in documents] == [True, False, False, False]


@pytest.mark.parametrize("size", [0, 5, 11, 20, 60, -1])
def test_a_cut_off_pack_is_named(tmp_path: Path, size: int) -> None:
    _pack(tmp_path / "sw.pak", {n: f"message {n}" for n in range(10)}, {})
    data = (tmp_path / "sw.pak").read_bytes()
    (tmp_path / "sw.pak").write_bytes(data[:size])
    with pytest.raises(InputError, match=r"sw\.pak is"):
        read_pack(tmp_path / "sw.pak")


def test_an_empty_transitional_package_is_explained(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no \.pak files; Ubuntu's chromium-l10n is empty"):
        _read(tmp_path, "chromium", "sw")


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("chromium", "has no locale en-US. en-US is in chromium-common.*It has sw"),
        ("libreoffice-help", "has no help in en-US; it has de"),
        ("mediawiki", "has no i18n/en-US.json; it has catalogs of 1 languages"),
    ],
)
def test_missing_languages_are_named(tmp_path: Path, form: str, message: str) -> None:
    _pack(tmp_path / "sw.pak", {1: "x"}, {})
    (tmp_path / "help/de/text").mkdir(parents=True)
    (tmp_path / "i18n").mkdir()
    (tmp_path / "i18n/sw.json").write_text("{}")
    with pytest.raises(InputError, match=message):
        _read(tmp_path, form, "en-US")


def test_a_help_page() -> None:
    assert read_page(PAGE) == [
        ("hd_1", "Text Flow"),
        ("par_1", "Press Ctrl+C & paste."),
        ("par_1+1", "A note."),
        ("par_2", "The slide. Next"),
        ("par_1.2", "Again."),
    ]


def test_unclosed_help_markup_does_not_fail() -> None:
    assert read_page('<p id="a">x<span class="switchinline"><span hidden id="MAC">y</p></div>')
    assert read_page("</p></span><p id='a'>") == []


def test_help_pages_are_groups_and_topics(tmp_path: Path) -> None:
    page = tmp_path / "usr/share/libreoffice/help/de/text/swriter/01/flow.html"
    page.parent.mkdir(parents=True)
    page.write_text(PAGE, encoding="utf-8")
    document = _read(tmp_path, "libreoffice-help", "de")[0]
    assert document.id == "help/text/swriter/01/flow#hd_1"
    assert document.metadata["topic"] == "swriter"
    assert document.metadata["group"] == "help/text/swriter/01/flow"


def test_mediawiki(tmp_path: Path) -> None:
    catalogs = {
        "usr/share/mediawiki/languages/i18n/sw.json": {
            "@metadata": {"authors": ["someone"]},
            "save": "Hifadhi [[$1|ukurasa]]",
            "style": "/* CSS here */",
        },
        "usr/share/mediawiki/includes/api/i18n/sw.json": {"save": "Nyingine"},
        "usr/share/mediawiki/includes/api/i18n/en.json": {"save": "Other"},
        "usr/share/mediawiki/composer.json": {"name": "x"},
    }
    for name, content in catalogs.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    documents = _read(tmp_path, "mediawiki", "sw")
    assert {found.id: found.text for found in documents} == {
        "mediawiki/save": "Hifadhi ukurasa",
        "mediawiki/includes/api/save": "Nyingine",
    }


def test_a_damaged_catalog_is_named(tmp_path: Path) -> None:
    (tmp_path / "i18n").mkdir()
    (tmp_path / "i18n/sw.json").write_text("{")
    with pytest.raises(InputError, match=r"sw\.json is not valid JSON"):
        _read(tmp_path, "mediawiki", "sw")
