"""The tables of inputs: the precision of quantized source models, what normalizers lose."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from synthetic import EMPTY, configuration

from lingraft.artifacts import CorpusFacts, ModelFacts, StoredPart
from lingraft.evaluation.outcome import Score
from lingraft.evaluation.tasks.tokenizer import SHARED, SHARED_AS_WRITTEN
from lingraft.experiment.loading import check
from lingraft.reporting.findings.cells import Cells
from lingraft.reporting.tables.inputs import (
    corpus_table,
    precision_table,
    shared_table,
    tokenizer_table,
)
from lingraft.reporting.tables.table import Table, to_csv
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
    said = " ".join(limitations(config, collection, Cells(collection)))
    assert "lost (estimated in the table of precision) is missing in all numbers" in said


def test_plain_sources_have_no_rows() -> None:
    assert not precision_table(configuration({"sw": ["swh_Latn"]}, ("random",)), EMPTY).rows


_HINDI = {"experiment": "inputs", "sources": {"text": {"kind": "local", "path": "data"}}}


def _of_normalizer(name: str) -> dict[str, Any]:
    block = {"language": "hin_Deva", "texts": [{"source": "text", "format": "text"}]}
    return {"hindi": block | {"normalizer": {"name": name}}}


def _corpora(normalizer: str, facts: CorpusFacts) -> Table:
    config = check(_HINDI | {"corpora": _of_normalizer(normalizer)}, "test")
    manifests = {"corpora/hindi": SimpleNamespace(facts=facts)}
    return corpus_table(config, SimpleNamespace(manifests=manifests))  # type: ignore[arg-type]


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


def test_what_does_not_come_back_is_named() -> None:
    mark = {"name": "romanize", "package": "anyascii 0.3.3"}
    facts = CorpusFacts(language="hin_Deva", normalizer=mark, normalized={"comes_back": False})
    table = _corpora("romanize", facts)
    assert table.note == "hindi: nothing comes back from romanize."
    assert (table.rows[0]["whole_texts"], table.rows[0]["lost_words"]) == (0.0, None)
    lost = {"U+0964 ।": 9, "U+200D \u200d": 4, "U+0945 ॅ": 2, "U+0968 २": 1}
    told = {"comes_back": True, "whole_texts": 0.75, "lost_most": lost}
    table = _corpora("wx", facts.model_copy(update={"normalized": told}))
    assert table.note == "hindi loses most: U+0964 । (9), U+200D \u200d (4), U+0945 ॅ (2)."
    assert table.rows[0]["whole_texts"] == 0.75


def _shared(*scores: Score) -> Table:
    result: Any = SimpleNamespace(scores=scores, settings={"shared_entries": 800})
    config = check(_HINDI | {"corpora": _of_normalizer("wx")}, "test")
    collection: Any = SimpleNamespace(
        tokenizer_results={"own": result}, tokenizers={}, manifests={}
    )
    assert not any(row["metric"].startswith("shared") for row in tokenizer_table(collection).rows)
    return shared_table(config, collection)


def test_what_vocabularies_share_is_a_table_of_its_own() -> None:
    place = {"language": "hin_Deva-guj_Gujr", "n": 100, "better": "none"}
    table = _shared(
        Score("hin_Deva", "fertility", 2.0, 100),
        Score(metric=SHARED, value=0.174, setting="hindi gujarati", **place),
        Score(metric=SHARED_AS_WRITTEN, value=0.004, setting="hindi gujarati", **place),
        Score(metric=SHARED, value=0.25, setting="hindi marathi", **place),
        Score(metric=SHARED, value=None, setting="hindi chinese", note="no room", **place),
    )
    assert to_csv(table).splitlines()[1:] == [
        "own,hindi,gujarati,,0.004,0.174,wx,100",
        "own,hindi,marathi,,0.25,0.25,wx,100",
        "own,hindi,chinese,,,,wx,100",
    ]
    assert "800 entries" in table.note and list(table.warnings) == ["no room"]
    assert not _shared().rows


def test_without_normalizers_the_table_is_as_before() -> None:
    table = _corpora("none", CorpusFacts(language="hin_Deva"))
    assert "normalizer" not in {column.key for column in table.columns}
    assert "normalizer" not in table.rows[0]


def test_text_in_another_script_than_its_languages_is_a_warning() -> None:
    facts = CorpusFacts(language="hin_Deva", scripts={"Latn": 0.75, "Deva": 0.25})
    (warning,) = _corpora("none", facts).warnings
    assert warning.startswith("corpora.hindi: 75% of the letters are not of the script Deva")
    fine = CorpusFacts(language="hin_Deva", scripts={"Deva": 0.75, "Latn": 0.25})
    assert not _corpora("none", fine).warnings
