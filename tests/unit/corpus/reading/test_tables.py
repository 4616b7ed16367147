"""Tables of all formats: their values alone count, damage and bombs are one line."""

import gzip
import io
import json
import random
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard
from pyarrow import parquet

from lingraft.corpus.documents import Document
from lingraft.corpus.formats.dataset import DatasetText
from lingraft.corpus.reading import tables
from lingraft.errors import InputError

ROWS = [{"id": number, "text": f"text {number}", "in": {"de": "x"}} for number in range(250)]
TEXTS = [row["text"] for row in ROWS]


def _parquet(rows: object) -> bytes:
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows)
    stream = io.BytesIO()
    parquet.write_table(table, stream, row_group_size=100)
    return stream.getvalue()


def _arrow(new: object) -> bytes:
    stream = io.BytesIO()
    table = pa.Table.from_pylist(ROWS)
    with new(stream, table.schema) as writer:
        writer.write_table(table)
    return stream.getvalue()


LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
CONTENT = {
    "a.parquet": _parquet(ROWS),
    "stream.arrow": _arrow(pa.ipc.new_stream),
    "file.arrow": _arrow(pa.ipc.new_file),
    "lines.jsonl": LINES,
    "lines.jsonl.gz": gzip.compress(LINES),
    "bom.ndjson": b"\xef\xbb\xbf" + LINES,
    "list.json": json.dumps(ROWS, indent=1).encode(),
    "pretty.json": "".join(json.dumps(row, indent=2) for row in ROWS).encode(),
    "texts.json": json.dumps(TEXTS).encode(),
    "lines.txt": "\r\n".join(TEXTS).encode(),
    "a.csv": ("id,text\n" + "".join(f'{row["id"]},"{row["text"]}"\n' for row in ROWS)).encode(),
    "a.tsv.zst": zstandard.compress(("text\tid\n" + "\t1\n".join([*TEXTS, ""])).encode()),
}


def _read(folder: Path, name: str, content: bytes, **settings: object) -> list[Document | None]:
    (folder / name).write_bytes(content)
    block = DatasetText(source="s", format="dataset", **settings)
    return list(block.read(folder / name))


@pytest.mark.parametrize("name", CONTENT)
def test_every_format_gives_the_same_texts(tmp_path: Path, name: str) -> None:
    assert [found.text for found in _read(tmp_path, name, CONTENT[name])] == TEXTS


@pytest.mark.parametrize("name", ["a.parquet", "stream.arrow", "lines.jsonl", "list.json"])
def test_ids_and_nested_columns(tmp_path: Path, name: str) -> None:
    found = _read(tmp_path, name, CONTENT[name], text_field="in.de", id_field="id")
    assert [(each.id, each.text) for each in found[:2]] == [("0", "x"), ("1", "x")]
    with pytest.raises(InputError, match="has no column 'none"):
        _read(tmp_path, name, CONTENT[name], text_field="none")


@pytest.mark.parametrize("name", ["a.parquet", "stream.arrow", "lines.jsonl.gz", "a.tsv.zst"])
def test_damage_is_one_line_that_names_the_file(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    whole = CONTENT[name]
    for size in (0, 3, len(whole) // 2, len(whole) - 3):
        with pytest.raises(InputError):
            _read(tmp_path, name, whole[:size])
    for _ in range(40):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        try:
            _read(tmp_path, name, bytes(damaged))
        except InputError as error:
            assert "\n" not in str(error).strip() or name in str(error)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'[{"text": "a"}, 5]', "entry 2, is not an object of JSON but int"),
        (b'{"text": "a"}\n{"text": ', "cannot be read"),
        (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nests too deeply"),
        (b'{"text": "a", "n": ' + b"9" * 5000 + b"}", "cannot be read"),
        (b'{"text": 5}', "row 1: field 'text' must be a text, but it is a number"),
        (b'{"text": true}', "it is a truth value"),
    ],
)
def test_json_that_is_not_a_table_is_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        _read(tmp_path, "a.json", content)


def test_a_value_left_out_is_a_gap(tmp_path: Path) -> None:
    content = b'{"other": 1}\n{"text": "a"}\n{"text": null}\n'
    assert [each and each.text for each in _read(tmp_path, "a.jsonl", content)] == [None, "a", None]
    found = _read(tmp_path, "a.csv", b'text,n\n5,1\n,2\n"a,b",3\n')
    assert [each and each.text for each in found] == ["5", None, "a,b"]


def test_what_is_not_utf8_is_left_to_the_cleaning(tmp_path: Path) -> None:
    raw = pa.array([b"caf\xe9", b"good", None])
    for kind in (pa.string(), pa.large_string()):
        buffers = raw.cast(pa.large_binary() if kind == pa.large_string() else pa.binary())
        text = pa.Array.from_buffers(kind, 3, buffers.buffers())
        found = _read(tmp_path, "a.parquet", _parquet(pa.table({"text": text})))
        assert [each and each.text for each in found] == ["caf\udce9", "good", None]
    lines = _read(tmp_path, "a.jsonl", b'{"text": "caf\xe9"}\n')
    assert lines[0].text == "caf\udce9"


def test_declared_images_are_not_opened(tmp_path: Path) -> None:
    """A column may say that it is an image with a path: reading it would open the path."""
    fifo = tmp_path / "private"
    fifo.write_text("PRIVATE")
    picture = pa.array([{"bytes": None, "path": str(fifo)}])
    features = {"info": {"features": {"text": {"_type": "Image"}}}}
    table = pa.table({"text": picture}).replace_schema_metadata(
        {"huggingface": json.dumps(features)}
    )
    with pytest.raises(InputError, match="field 'text' must be a text, but it is an object"):
        _read(tmp_path, "a.parquet", _parquet(table))


def test_a_column_of_one_repeated_text_is_a_bomb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "unpacked_limit", lambda size: 1_000_000)
    table = pa.table({"text": pa.array(["x" * 1000] * 5000)})
    with pytest.raises(InputError, match="it unpacks to more than"):
        _read(tmp_path, "a.parquet", _parquet(table))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("text,id\nnull,007\nNA,7\n", [("007", "null"), ("7", "NA")]),
        ("text,id\na,1.50\n,2\n", [("1.50", "a"), None]),
        ("id,text\n1,a,\n2,b,\n", [("1", "a"), ("2", "b")]),
        ("id,text\n1,a,x\n2,b,y\n", "cannot be read"),
        ("id,text\n1,a\n2,b,y\n", "cannot be read"),
    ],
)
def test_values_of_csv_stay_as_they_are_and_in_their_column(
    tmp_path: Path, rows: str, expected: object
) -> None:
    if isinstance(expected, str):
        with pytest.raises(InputError, match=expected) as told:
            _read(tmp_path, "a.csv", rows.encode(), id_field="id")
        assert "\n" not in str(told.value)
        return
    found = _read(tmp_path, "a.csv", rows.encode(), id_field="id")
    assert [document and (document.id, document.text) for document in found] == expected


@pytest.mark.parametrize("cut", [b'[{"text": "a"}', b'[{"text": "a"},\n', b"[", b'["a", "b" \n'])
def test_a_list_of_json_without_its_end_is_cut_off(tmp_path: Path, cut: bytes) -> None:
    with pytest.raises(InputError, match="cut off"):
        _read(tmp_path, "a.json", cut)
