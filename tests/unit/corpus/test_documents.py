"""Documents and pairs survive writing and reading; damage is named."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.corpus.documents import (
    Document,
    Pair,
    read_documents,
    read_pairs,
    write_lines,
)
from lingraft.errors import InputError

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.builds(Document, _TEXT, _TEXT, st.dictionaries(_TEXT, _TEXT, max_size=2))))
def test_documents_survive_the_round_trip(
    tmp_path_factory: pytest.TempPathFactory, documents: list[Document]
) -> None:
    path = tmp_path_factory.mktemp("documents") / "train.jsonl.zst"
    assert write_lines(path, documents) == len(documents)
    assert list(read_documents(path)) == documents


def test_pairs_survive_the_round_trip(tmp_path: Path) -> None:
    pairs = [Pair("a", "house", "nyumba"), Pair("b", "line\nbreak", "日本")]
    assert write_lines(tmp_path / "p.jsonl.zst", pairs) == 2
    assert list(read_pairs(tmp_path / "p.jsonl.zst")) == pairs


def test_same_documents_give_the_same_bytes(tmp_path: Path) -> None:
    documents = [Document(str(number), f"text {number}") for number in range(1000)]
    write_lines(tmp_path / "a", documents)
    write_lines(tmp_path / "b", documents)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    def failing():
        yield Document("a", "text")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_lines(tmp_path / "train.jsonl.zst", failing())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [0, 1, 20, -1])
def test_a_cut_off_file_is_damaged(tmp_path: Path, size: int) -> None:
    path = tmp_path / "train.jsonl.zst"
    write_lines(path, [Document(str(number), "x" * number) for number in range(100)])
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(InputError, match=r"train\.jsonl\.zst.*damaged"):
        list(read_documents(path))


@pytest.mark.parametrize("content", [b"no zstd", b'{"id": 1}'])
def test_another_format_is_damage(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "train.jsonl.zst"
    path.write_bytes(content)
    with pytest.raises(InputError, match="line 1, is damaged"):
        list(read_documents(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere does not exist"):
        list(read_documents(tmp_path / "nowhere"))
