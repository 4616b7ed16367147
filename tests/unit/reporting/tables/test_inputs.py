"""The tables of inputs: the precision of quantized source models, what normalizers lose."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from synthetic import EMPTY, configuration

from lingraft.artifacts import CorpusFacts, ModelFacts, StoredPart
from lingraft.experiment.loading import check
from lingraft.reporting.tables.inputs import corpus_table, precision_table
from lingraft.reporting.tables.table import to_csv
from lingraft.reporting.writing.limitations import limitations
from lingraft.stages.references import converted_model

PARTS = [
    StoredPart(kind="matrices", type="Q4_1", bits_per_weight=5, weights=75, share=0.75,
               relative_error=0.08),
    StoredPart(kind="embeddings", type="IQ4_NL", bits_per_weight=4.5, weights=25, share=0.25),
]  # fmt: skip


def test_each_part_of_a_quantized_source_is_a_row() -> None:
    config = configuration({"sw": ["swh_Latn"]}, ("random",))
    name = next(iter(config.models))
    facts = ModelFacts(
        stored_types={"Q4_1": 75, "IQ4_NL": 25}, stored_bits_per_weight=4.875, stored_parts=PARTS
    )
    manifests: Any = {converted_model(name): SimpleNamespace(facts=facts)}
    collection = replace(EMPTY, manifests=manifests)
    table = precision_table(config, collection)
    assert to_csv(table).splitlines()[1:] == [
        f"{name},matrices,Q4_1,5.0,0.75,0.08",
        f"{name},embeddings,IQ4_NL,4.5,0.25,",
    ]
    assert "The original is not in the file" in table.note
    said = " ".join(limitations(config, collection))
    assert "lost (estimated in the table of precision) is missing in all numbers" in said


def test_plain_sources_have_no_rows() -> None:
    assert not precision_table(configuration({"sw": ["swh_Latn"]}, ("random",)), EMPTY).rows


def _corpora(normalizer: str, facts: CorpusFacts):  # type: ignore[no-untyped-def]
    block = {"language": "hin_Deva", "texts": [{"source": "text", "format": "text"}]}
    content = {
        "experiment": "inputs",
        "sources": {"text": {"kind": "local", "path": "data"}},
        "corpora": {"hindi": block | {"normalizer": {"name": normalizer}}},
    }
    manifests = {"corpora/hindi": SimpleNamespace(facts=facts)}
    return corpus_table(check(content, "test"), SimpleNamespace(manifests=manifests))  # type: ignore[arg-type]


def test_a_corpus_says_what_its_normalizer_loses() -> None:
    facts = CorpusFacts(
        language="hin_Deva",
        normalizer={"name": "wx", "latin": "marked", "package": "wxconv 1.0.0.0"},
        normalized={"lost_words": 0.01, "lost_characters": 0.002, "latin_words": 7},
    )
    table = _corpora("wx", facts)
    (row,) = table.rows
    assert row["normalizer"] == "wx (latin: marked; wxconv 1.0.0.0)"
    assert (row["lost_words"], row["lost_characters"], row["latin_words"]) == (0.01, 0.002, 7)
    assert {column.key for column in table.columns} >= {"normalizer", "lost_words", "foreign"}


def test_without_normalizers_the_table_is_as_before() -> None:
    table = _corpora("none", CorpusFacts(language="hin_Deva"))
    assert "normalizer" not in {column.key for column in table.columns}
    assert "normalizer" not in table.rows[0]
