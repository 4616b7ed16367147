"""Plain text, JSON lines and datasets, compressed or not, clean or not."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from pydantic import TypeAdapter

from lingraft.corpus.documents import Document
from lingraft.corpus.formats import AnyTextInput
from lingraft.corpus.reading.files import read_lines
from lingraft.errors import InputError


def _read(folder: Path, **settings: object) -> list[Document]:
    block = TypeAdapter(AnyTextInput).validate_python({"source": "mine", **settings})
    return list(block.documents(folder))


def _texts(documents: list[Document]) -> dict[str, str]:
    return {found.id: found.text for found in documents}


def test_lines_of_dirty_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfone\r\n\r\ncaf\xe9\r\nlast")
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(b"zipped\n"))
    (tmp_path / "c.txt.zst").write_bytes(zstandard.compress(b"packed\n"))
    (tmp_path / "d.md").write_text("not text")
    assert _texts(_read(tmp_path, format="text")) == {
        "mine/0": "one",
        "mine/2": "caf\udce9",
        "mine/3": "last",
        "mine/4": "zipped",
        "mine/5": "packed",
    }


@pytest.mark.parametrize(
    ("unit", "texts"),
    [
        ("line", ["a", "b", "c"]),
        ("paragraph", ["a\nb", "c"]),
        ("file", ["a\nb\n\nc"]),
    ],
)
def test_units(tmp_path: Path, unit: str, texts: list[str]) -> None:
    (tmp_path / "a.txt").write_text("a\nb\n\nc\n")
    assert [found.text for found in _read(tmp_path, format="text", unit=unit)] == texts


def test_pattern_namespace_and_maximum(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "corpus.de").write_text("eins\nzwei\ndrei\n")
    (tmp_path / "corpus.txt").write_text("other")
    options = {"files": "*/corpus.de", "namespace": "tatoeba", "maximum": 2}
    assert _texts(_read(tmp_path, format="text", **options)) == {
        "tatoeba/0": "eins",
        "tatoeba/1": "zwei",
    }


def test_no_file_that_fits_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"source mine has no files that match 'x\*'"):
        _read(tmp_path, format="text", files="x*")
    with pytest.raises(InputError, match=r"has no files ending with \.jsonl"):
        _read(tmp_path, format="jsonl")


def test_long_lines_are_cut_and_the_next_one_is_whole(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x" * 5000 + b"\nnext\n" + b"y" * 100)
    lines = list(read_lines(tmp_path / "a.txt", 100))
    assert lines == [b"x" * 101, b"next", b"y" * 100]


@pytest.mark.parametrize(
    ("name", "pack"), [("a.txt.gz", gzip.compress), ("a.txt.zst", zstandard.compress)]
)
def test_damaged_compression_is_named(tmp_path: Path, name: str, pack: Callable) -> None:
    (tmp_path / name).write_bytes(pack(bytes(range(100)) * 10)[:-9])
    with pytest.raises(InputError, match=rf"{name} cannot be read"):
        _read(tmp_path, format="text")


def test_json_lines(tmp_path: Path) -> None:
    lines = [
        {"key": 7, "body": "sieben", "metadata": {"group": "g"}},
        {"key": "x", "body": "\u00e4cht"},
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    documents = _read(tmp_path, format="jsonl", text_field="body", id_field="key")
    assert _texts(documents) == {"7": "sieben", "x": "ächt"}
    assert documents[0].metadata == {"group": "g", "source": "mine"}
    numbered = _read(tmp_path, format="jsonl", text_field="body", namespace="n")
    assert [found.id for found in numbered] == ["n/0", "n/1"]


def test_datasets_of_several_layouts(tmp_path: Path) -> None:
    import pandas

    table = pandas.DataFrame({"sentence": ["eins", None, "drei"], "number": ["a", "b", "c"]})
    (tmp_path / "data").mkdir()
    table.to_parquet(tmp_path / "data" / "train-00000.parquet")
    options = {"format": "dataset", "text_field": "sentence", "id_field": "number"}
    assert _texts(_read(tmp_path, **options)) == {"a": "eins", "c": "drei"}
    table.to_csv(tmp_path / "other.csv", index=False)
    chosen = _read(tmp_path, **options, files="other.csv", maximum=1)
    assert _texts(chosen) == {"a": "eins"}
    with pytest.raises(InputError, match="no column 'text'; it has 'sentence', 'number'"):
        _read(tmp_path, format="dataset")
    with pytest.raises(InputError, match="cannot be read as a dataset"):
        _read(tmp_path, format="dataset", split="validation")


@pytest.mark.parametrize("pack", [gzip.compress, lambda text: text.decode().encode("utf-16")])
def test_a_file_that_is_no_text_is_named(tmp_path: Path, pack: Callable) -> None:
    (tmp_path / "a.txt").write_bytes(pack(b"mtu mmoja\n"))
    with pytest.raises(InputError, match=r"a\.txt is not text in UTF-8: it is") as told:
        _read(tmp_path, format="text")
    assert "\n" not in str(told.value)
