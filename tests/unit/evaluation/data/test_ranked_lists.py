"""Ranked lists: what is read, and lists that cannot be ranked."""

from pathlib import Path
from typing import Any

import pytest
from evaluation_samples import write_records

from lingraft.errors import InputError
from lingraft.evaluation.data.ranked_lists import RankedList, read_ranked_lists


def record(**changed: Any) -> dict[str, Any]:
    return {"id": "q1", "query": "q", "documents": ["a", "b"], "relevance": [0, 2]} | changed


def test_lists_are_read(tmp_path: Path) -> None:
    write_records(tmp_path / "test.jsonl", [record(), {**record(query="p"), "id": 7}])
    first, second = read_ranked_lists(tmp_path)
    assert first == RankedList("q1", "q", ("a", "b"), (0.0, 2.0))
    assert (second.id, second.query) == ("7", "p")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"relevance": [1]}, "list q1 has 2 documents and 1 numbers of relevance"),
        ({"documents": ["a"], "relevance": [1]}, "has fewer than two documents"),
        ({"relevance": [0, 0]}, "has no relevant document"),
        ({"relevance": [1, -1]}, "has a relevance that is negative or not a number"),
        ({"relevance": [1, "nan"]}, "has a relevance that is negative or not a number"),
    ],
)
def test_lists_that_cannot_be_ranked_are_named(
    tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    write_records(tmp_path / "test.jsonl", [record(**changed)])
    with pytest.raises(InputError, match=said):
        read_ranked_lists(tmp_path)


def test_a_line_of_another_kind_is_named(tmp_path: Path) -> None:
    write_records(tmp_path / "test.jsonl", [{"text": "a", "label": "b"}])
    with pytest.raises(InputError, match='a line has no "documents"'):
        read_ranked_lists(tmp_path)
