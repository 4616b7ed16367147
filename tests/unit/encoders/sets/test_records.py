import json
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet
from tests.unit.encoders.set_samples import a_set, read_set, texts_of

from lingraft.encoders.examples import TrainingExample
from lingraft.errors import ConfigError, InputError


def read(folder: Path, form: str, **settings: Any) -> list[TrainingExample]:
    chosen = {"kind": "records", "source": "own", "form": form, **settings}
    return read_set(chosen, downloads={"own": folder})


def write(folder: Path, *rows: dict[str, Any], name: str = "rows.jsonl") -> Path:
    (folder / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return folder


def test_labels_may_be_numbers_with_names(tmp_path: Path) -> None:
    table = {"premise": ["a", "c"], "hypo": ["b", "d"], "label": [0, 2]}
    parquet.write_table(pyarrow.table(table), tmp_path / "nli.parquet")
    labels = ("entailment", "neutral", "contradiction")
    found = read(tmp_path, "labelled", columns={"hypothesis": "hypo"}, labels=labels)
    assert texts_of(found) == [("a", "b"), ("c", "d")]
    assert [example.label for example in found] == ["entailment", "contradiction"]
    with pytest.raises(InputError, match="row 2: label 2 has no name; `labels` names 2"):
        read(tmp_path, "labelled", columns={"hypothesis": "hypo"}, labels=labels[:2])


def test_a_score_may_be_the_text_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "sts.csv").write_text("first,second,score\na,b,4.5\n", "utf-8")
    (tmp_path / "sts.tsv").write_text("first\tsecond\tscore\nc\td\t1\n", "utf-8")
    found = read(tmp_path, "graded", files="*.csv", language="deu_Latn")
    assert [(one.texts, one.scores, one.language) for one in found] == [
        (("a", "b"), (4.5,), "deu_Latn")
    ]
    assert len(read(tmp_path, "graded")) == 2


def test_negatives_may_be_a_list_or_columns(tmp_path: Path) -> None:
    write(tmp_path, {"anchor": "a", "positive": "b", "negative": ["c", "d"]})
    assert texts_of(read(tmp_path, "triples")) == [("a", "b", "c", "d")]
    write(tmp_path, {"anchor": "a", "positive": "b", "n1": "c", "n2": "d", "key": 7})
    columns = {"negative": ["n1", "n2"], "id": "key"}
    (example,) = read(tmp_path, "triples", columns=columns)
    assert (example.id, example.texts) == ("7", ("a", "b", "c", "d"))


def test_documents_may_have_scores(tmp_path: Path) -> None:
    row = {"query": "q", "documents": ["a", "b"], "scores": [1, 0.5], "lang": "swh_Latn"}
    write(tmp_path, row)
    (example,) = read(tmp_path, "scored", columns={"language": "lang"})
    assert (example.texts, example.scores) == (("q", "a", "b"), (1.0, 0.5))
    assert example.language == "swh_Latn"
    assert texts_of(read(tmp_path, "ranked")) == [("q", "a", "b")]


@pytest.mark.parametrize(
    ("form", "row", "message"),
    [
        ("pairs", {"anchor": "a"}, "rows.jsonl, row 1, has no 'positive'; complete the row"),
        ("pairs", {"anchor": "a", "positive": 3}, "'positive' must be a text"),
        ("graded", {"first": "a", "second": "b", "score": None}, "but one is None; score it"),
        ("graded", {"first": "a", "second": "b", "score": "high"}, "but one is 'high'; score it"),
        ("scored", {"query": "a", "documents": ["b"], "scores": [None]}, "but one is None"),
    ],
)
def test_rows_without_what_the_form_needs_are_refused(
    tmp_path: Path, form: str, row: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(write(tmp_path, row), form)


def test_a_table_without_a_column_is_refused(tmp_path: Path) -> None:
    parquet.write_table(pyarrow.table({"question": ["a"], "answer": ["b"]}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"no column 'anchor' .*it has question, answer; say with"):
        read(tmp_path, "pairs")


def test_columns_and_labels_must_fit_the_form() -> None:
    records = {"kind": "records", "source": "own"}
    with pytest.raises(
        ConfigError, match="'text' is not a column of the form pairs; it has anchor"
    ):
        a_set(**records, form="pairs", columns={"text": "a"})
    with pytest.raises(ConfigError, match="labels are for the form labelled, not for graded"):
        a_set(**records, form="graded", labels=["a", "b"])
    with pytest.raises(ConfigError, match="form"):
        a_set(**records, form="pears")
