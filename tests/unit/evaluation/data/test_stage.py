"""Datasets of every shape become folders that the tasks read."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from lingraft.artifacts import new_artifact, verify
from lingraft.config.datasets import LabelledDataset, PairedDataset
from lingraft.errors import InputError
from lingraft.evaluation.data.reading import held_out_pairs, read_examples
from lingraft.evaluation.data.stage import prepare_dataset
from lingraft.evaluation.data.tag_files import read_sentences


def download(folder: Path, files: dict[str, str | bytes]) -> Path:
    with new_artifact(folder, "download", facts={"license": "CC0-1.0"}) as staging:
        for name, content in files.items():
            path = staging / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def lines(*records: dict[str, Any]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def test_records_are_renamed_and_labels_named(tmp_path: Path) -> None:
    row = {"sentence1": "a", "sentence2": "b", "gold": 2}
    source = download(
        tmp_path / "d", {"xnli/sw/train.jsonl": lines(row), "xnli/sw/test.jsonl": lines(row)}
    )
    settings = LabelledDataset(
        source="xnli",
        format="records",
        languages={"swh_Latn": "sw"},
        train="xnli/{code}/train.jsonl",
        test="xnli/{code}/test.jsonl",
        columns={"premise": "sentence1", "hypothesis": "sentence2", "label": "gold"},
        labels=("entailment", "neutral", "contradiction"),
    )
    prepare_dataset(settings, source, tmp_path / "data")
    [example] = read_examples(tmp_path / "data" / "swh_Latn", "train")
    assert (example.text, example.second, example.label) == ("a", "b", "contradiction")
    facts = verify(tmp_path / "data", "dataset").facts
    assert facts.languages == {"swh_Latn": {"train": 1, "test": 1}}
    assert facts.licenses == {"xnli": "CC0-1.0"}


def test_parquet_with_numbered_tags(tmp_path: Path) -> None:
    table = pa.table({"tokens": [["Nairobi", "ni", "mji"]], "ner_tags": [[5, 0, 0]]})
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink)
    source = download(tmp_path / "d", {"sw/test-0.parquet": sink.getvalue().to_pybytes()})
    settings = LabelledDataset(
        source="wikiann",
        format="records",
        languages={"swh_Latn": "sw"},
        train="{code}/train-*.parquet",
        test="{code}/test-*.parquet",
        columns={"words": "tokens", "tags": "ner_tags"},
        labels=("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"),
    )
    prepare_dataset(settings, source, tmp_path / "data")
    [sentence] = read_sentences(tmp_path / "data" / "swh_Latn", "test")
    assert sentence.tags == ("B-LOC", "O", "O")
    assert read_sentences(tmp_path / "data" / "swh_Latn", "train") == []


def test_tables_with_a_header(tmp_path: Path) -> None:
    content = 'index\tcategory\ttext\n7\tscience\tHabari "za" leo\n'
    source = download(tmp_path / "d", {"data/swh_Latn/test.tsv": content})
    settings = LabelledDataset.model_validate(
        {"source": "sib", "format": "records", "languages": ["swh_Latn"],
         "test": "data/{code}/test.tsv", "columns": {"label": "category"}}
    )  # fmt: skip
    prepare_dataset(settings, source, tmp_path / "data")
    [example] = read_examples(tmp_path / "data" / "swh_Latn", "test")
    assert (example.text, example.label) == ('Habari "za" leo', "science")


def test_tagged_columns(tmp_path: Path) -> None:
    content = "sw:Nairobi B-LOC\nsw:leo O\n\n"
    source = download(tmp_path / "d", {"sw/test.conll": content})
    settings = LabelledDataset(
        source="panx", format="tags", languages={"swh_Latn": "sw"}, test="{code}/test.conll"
    )
    prepare_dataset(settings, source, tmp_path / "data")
    [sentence] = read_sentences(tmp_path / "data" / "swh_Latn", "test")
    assert (sentence.words, sentence.tags) == (("Nairobi", "leo"), ("B-LOC", "O"))


def test_pairs_by_line_and_by_verse(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "tatoeba.swh-eng.eng": "one\n\nthree\n",
        "tatoeba.swh-eng.swh": "moja\nmbili\ntatu\n",
        "eng.txt": "# a comment\n01001001\tIn the beginning\n01001002\tAnd\n",
        "swh.txt": "01001001\tHapo mwanzo\n01001003\tMungu\n",
    }
    source = download(tmp_path / "d", files)
    languages = {"swh_Latn": "swh"}
    by_line = PairedDataset(
        source="tatoeba", format="lines", languages=languages,
        pivot="tatoeba.{code}-eng.eng", target="tatoeba.{code}-eng.{code}",
    )  # fmt: skip
    prepare_dataset(by_line, source, tmp_path / "sr-t")
    pairs = held_out_pairs(tmp_path / "sr-t" / "swh_Latn", None)
    assert [(p.source, p.target) for p in pairs] == [("one", "moja"), ("three", "tatu")]
    by_verse = PairedDataset(
        source="bible", format="verses", languages=languages, pivot="eng.txt", target="{code}.txt"
    )
    prepare_dataset(by_verse, source, tmp_path / "sr-b")
    pairs = held_out_pairs(tmp_path / "sr-b" / "swh_Latn", None)
    assert [(p.source, p.target) for p in pairs] == [("In the beginning", "Hapo mwanzo")]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"x": "y"}, "no files that match 'sw.jsonl'"),
        ({"sw.jsonl": "[1]\n"}, "line 1 is not a JSON object"),
        ({"sw.jsonl": lines({"label": 7})}, "label 7 has no name"),
    ],
)
def test_faults_are_named(tmp_path: Path, files: dict[str, str | bytes], message: str) -> None:
    source = download(tmp_path / "d", files)
    settings = LabelledDataset(
        source="s",
        format="records",
        languages={"swh_Latn": "sw"},
        test="{code}.jsonl",
        labels=("a",),
    )
    with pytest.raises(InputError, match=message):
        prepare_dataset(settings, source, tmp_path / "data")
    assert not (tmp_path / "data" / "manifest.json").exists()


def test_sides_of_different_length_are_refused(tmp_path: Path) -> None:
    source = download(tmp_path / "d", {"a.eng": "1\n2\n", "a.swh": "1\n"})
    settings = PairedDataset(
        source="t", format="lines", languages={"swh_Latn": "swh"}, pivot="a.eng", target="a.{code}"
    )
    with pytest.raises(InputError, match="must be aligned line by line"):
        prepare_dataset(settings, source, tmp_path / "data")
