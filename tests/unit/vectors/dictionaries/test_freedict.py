import gzip
from pathlib import Path

import pytest

from lingraft.errors import InputError
from lingraft.vectors.dictionaries.freedict import FreeDict

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
SETTINGS = FreeDict(format="freedict", source="d")

ARTICLES = {
    "00databaseinfo": "FreeDict dictionary\nversion one\n",
    "english language": "English language /x/ <n>\n\nKiingereza\n",
    "english": "English /ˈɪŋɡlɪʃ/ <n>\n\nKiingereza\n",
    "mdudu": "mdudu /mˈdudu/ <n> (pl: {wadudu})\n\ninsect, bug; small beast\n",
    "disconnector": "disconnector /dɪs/\nTrennglied <neut>, Trenner <masc> [ugs.]  [electr.]\n"
    "   Synonyms: {switch}, {isolator}\n\n see: {disconnectors}\n",
    "bank": "bank /bˈaŋk/ <n>\n1. Ufer <neut>\n2. Geldhaus (veraltet), Bank\n"
    '      "on the bank"  - am Ufer\n         Note: x\n',
}


def base64(number: int) -> str:
    digits = ""
    while True:
        digits = ALPHABET[number % 64] + digits
        number //= 64
        if not number:
            return digits


def write(folder: Path, cut: int | None = None) -> None:
    body, index = b"", ""
    for headword, article in ARTICLES.items():
        data = article.encode()
        index += f"{headword}\t{base64(len(body))}\t{base64(len(data))}\n"
        body += data
    target = folder / "files" / "usr"
    target.mkdir(parents=True)
    (target / "x.index").write_text(index)
    (target / "x.dict.dz").write_bytes(gzip.compress(body[:cut]))


def test_translations_of_headwords(tmp_path: Path, places) -> None:
    write(tmp_path)
    found = [(p.source, p.target) for p in SETTINGS.read(places("a", "b"))]
    assert found == [
        ("English language", "Kiingereza"),
        ("English", "Kiingereza"),
        ("mdudu", "insect"),
        ("mdudu", "bug"),
        ("mdudu", "small beast"),
        ("disconnector", "Trennglied"),
        ("disconnector", "Trenner"),
        ("bank", "Ufer"),
        ("bank", "Geldhaus"),
        ("bank", "Bank"),
    ]


def test_damage_is_named(tmp_path: Path, places) -> None:
    write(tmp_path, cut=60)
    with pytest.raises(InputError, match=r"x\.index line \d points behind the end"):
        list(SETTINGS.read(places("a", "b")))
    path = tmp_path / "files" / "usr" / "x.dict.dz"
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(InputError, match=r"x\.dict\.dz cannot be read"):
        list(SETTINGS.read(places("a", "b")))
    path.with_name("x.index").write_text("word\t!\t?\n")
    path.write_bytes(gzip.compress(b"word"))
    with pytest.raises(InputError, match=r"x\.index line 1 is not a dictd index line"):
        list(SETTINGS.read(places("a", "b")))


def test_missing_dictionary_and_download_are_named(tmp_path: Path, places) -> None:
    with pytest.raises(InputError, match="has 0 files"):
        list(SETTINGS.read(places("a", "b")))
    with pytest.raises(InputError, match="needs the download 'other'"):
        list(FreeDict(format="freedict", source="other").read(places("a", "b")))
