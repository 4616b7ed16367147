"""What is dirty in a document is mended and counted, or told with file and line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lingraft.artifacts import MANIFEST
from lingraft.corpus.documents import Document, read_documents, read_json_lines
from lingraft.corpus.formats.jsonl import JsonLines
from lingraft.corpus.reading.fields import repaired_metadata
from lingraft.corpus.settings import Corpus
from lingraft.corpus.stage import clean_shard, prepare_corpus
from lingraft.errors import InputError

WORDS = ["house", "river", "mountain", "window", "garden", "letter", "number", "nation"]
GOOD = [
    {"id": f"g{number}", "text": f"The {WORDS[number % 8]} has {WORDS[number // 8]}."}
    for number in range(64)
]
LAST = "a good last line of text"


def _lines(last: str | bytes) -> bytes:
    last = last.encode() if isinstance(last, str) else last
    return "".join(json.dumps(line) + "\n" for line in GOOD).encode() + last + b"\n"


def _documents(corpus: Path) -> list[Document]:
    parts = [corpus / f"{name}.jsonl.zst" for name in ("train", "valid")]
    return [document for part in parts for document in read_documents(part)]


@pytest.fixture
def corpus_of(make_corpus: Callable) -> Callable[[str | bytes], tuple[list[Document], dict]]:
    def make(last: str | bytes) -> tuple[list[Document], dict]:
        folder = make_corpus(_lines(last), held_out={"fraction": 0.3})
        counts = json.loads((folder / "statistics.json").read_text())["cleaning"]
        assert sum(1 for _ in read_json_lines(folder / "partition.jsonl.zst")) >= 64
        return _documents(folder), counts

    return make


@pytest.mark.parametrize(
    ("last", "counted"),
    [
        (b'{"id": "x", "text": "a lone \\ud83d surrogate"}', "dropped_invalid_utf8"),
        (b'{"id": "x", "text": "\xff\xfe is not text"}', "dropped_invalid_utf8"),
        (f'{{"id": "x\\ud800", "text": "{LAST}"}}', "mended_ids"),
        (b'{"id": "x' + b"\xff" + f'", "text": "{LAST}"}}'.encode(), "mended_ids"),
        (f'{{"id": 9, "text": "{LAST}", "metadata": {{"group": "\\ud800"}}}}', "repaired_metadata"),
        (f'{{"id": 9, "text": "{LAST}", "metadata": {{"\\udfff": [1]}}}}', "repaired_metadata"),
        (f'{{"id": 9, "text": "{LAST}", "metadata": {{"n": {2**64}}}}}', "repaired_metadata"),
        (f'{{"id": 9, "text": "{LAST}", "metadata": {{"n": [NaN]}}}}', "repaired_metadata"),
        (
            f'{{"id": 9, "text": "{LAST}", "metadata": {{"n": {"[" * 400 + "]" * 400}}}}}',
            "repaired_metadata",
        ),
    ],
)
def test_dirt_is_mended_and_counted(corpus_of: Callable, last: str | bytes, counted: str) -> None:
    documents, counts = corpus_of(last)
    assert counts[counted] == 1
    kept = [document for document in documents if document.text == LAST]
    assert len(kept) == (counted != "dropped_invalid_utf8")
    for document in kept:
        json.dumps([document.id, document.metadata], ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": 5}, "field 'text' must be a text, but it is a number"),
        ({"text": True}, "field 'text' must be a text, but it is a truth value"),
        ({"text": None}, "field 'text' must be a text, but it is null"),
        ({"text": {"x": 1}}, "field 'text' must be a text, but it is an object"),
        ({"id": [1]}, "field 'id' must be a text or number, not a list"),
        ({"id": None}, "field 'id' must be a text or number, not null"),
        ({"metadata": {"group": ["x"]}}, "field 'metadata.group' must be a text, but it is a list"),
        ({"metadata": {"group": {}}}, "'metadata.group' must be a text, but it is an object"),
        ({"metadata": {"group": 1.5}}, "'metadata.group' must be a text, but it is a number"),
    ],
)
def test_values_of_another_type_are_told_with_their_line(
    corpus_of: Callable, fields: dict, message: str
) -> None:
    with pytest.raises(InputError, match=rf"text\.jsonl, line 65: .*{message}"):
        corpus_of(json.dumps({"id": "x", "text": LAST, **fields}))


def test_numbers_of_groups_are_texts(corpus_of: Callable) -> None:
    documents, counts = corpus_of(json.dumps({"id": 7, "text": LAST, "metadata": {"group": 7}}))
    found = next(document for document in documents if document.text == LAST)
    assert (found.id, found.metadata["group"]) == ("7", "7")
    assert not [name for name in counts if name.startswith("mended") and counts[name]]


def test_shards_mend_and_count_the_same(write_download: Callable, tmp_path: Path) -> None:
    dirty = b'{"id": "x\\ud800", "text": "a good line", "metadata": {"n": 99999999999999999999}}'
    download = write_download("s", **{"a.jsonl": _lines(b""), "b.jsonl": dirty})
    text = {"source": "s", "format": "jsonl", "id_field": "id"}
    found = []
    for shards in (1, 2):
        settings = Corpus.model_validate(
            {
                "language": "eng_Latn",
                "texts": [text],
                "shards": shards,
                "held_out": {"fraction": 0.3},
            }
        )
        folders = [tmp_path / "shards" / str(shard) for shard in range(shards)]
        for shard in range(shards) if shards > 1 else ():
            clean_shard(settings, {"s": download}, shard, tmp_path / "shards")
        output = tmp_path / f"corpus{shards}"
        prepare_corpus("c", settings, {"s": download}, None, output, folders if shards > 1 else ())
        found.append(
            [path.read_bytes() for path in sorted(output.glob("*.*")) if path.name != MANIFEST]
        )
    assert found[0] == found[1]


def test_a_limit_of_bytes_counts_lone_surrogates(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "\\ud83d"}\n' * 2 + b'{"text": "abc\xff"}\n' * 9)
    settings = JsonLines(source="s", format="jsonl", maximum_bytes=11)
    found = [document.text for document in settings.documents(tmp_path)]
    assert found == ["\ud83d", "\ud83d", "abc\udcff", "abc\udcff"]  # 3 + 3 + 4 + 4 bytes


@pytest.mark.parametrize("content", [(5, "a"), ("a", 5), ("a", None)])
def test_no_document_has_other_types(content: tuple) -> None:
    with pytest.raises(InputError, match="must be texts"):
        Document(*content)


def test_clean_metadata_stays() -> None:
    clean = {"a": [1, 2.5, None, True, {"b": "\U0001f600"}], "n": 2**63 - 1}
    assert repaired_metadata(clean) == clean
