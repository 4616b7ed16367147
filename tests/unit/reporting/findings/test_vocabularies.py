"""Rows without a model, the untouched source model, and what is forgotten of its language."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from synthetic import configuration, write_results

from lingraft.evaluation.outcome import TOO_FEW_BITS, Score
from lingraft.evaluation.results import (
    predictions_path,
    read_predictions,
    read_result,
    write_result,
)
from lingraft.experiment.configuration import Config
from lingraft.reporting.findings.finding import ALL, TrivialScore
from lingraft.reporting.findings.vocabularies import means_over_languages
from lingraft.reporting.stage import build
from lingraft.reporting.tables.table import to_csv
from lingraft.reporting.writing.content import Content

LEVELS = {"uniform": 3.2, "unigram": 3.0, "bigram": 2.0, "source model": 2.6}
PREFIX = "a document's first token is predicted from <s>"
LOST = 0.25  # bits per byte of English that every model needs more than the source model


def add_rows(path: Path, lost: float = LOST, note: str = "") -> None:
    """Give a result rows without a model, a source model, and English that is measured alone."""
    result, own = read_result(path), list(read_predictions(predictions_path(path)))
    language = own[0]["language"]
    scores = [
        Score(language, "bits_per_byte", value, 40, "down", system=system)
        for system, value in LEVELS.items()
    ]
    place = {"language": "eng_Latn", "setting": "english"}
    english = [record | place for record in own]
    sums = [sum(record[key] for record in own) for key in ("loss", "predicted")]
    model = next(s.value for s in result.scores if s.metric == "bits_per_byte")
    assert model is not None
    source = [
        record | {"system": "source model", "loss": record["loss"] - lost * record["predicted"] * r}
        for record in english
        for r in [sums[0] / sums[1] / model]  # nats for a bit per byte
    ]
    more = {"metric": "bits_per_byte_elsewhere", "n": 40, "better": "down", "setting": "english"}
    scores += [
        Score("eng_Latn", value=model, note=PREFIX, **more),
        Score("eng_Latn", value=model - lost, system="source model", note=note, **more),
        Score("eng_Latn", value=9.0, system="uniform", **more),
    ]  # fmt: skip
    content: list[Any] = [*own, *english, *source]
    write_result(path, replace(result, scores=[*result.scores, *scores]), content)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Content]:
    config: Config = configuration({"swahili": ["swh_Latn"]})
    results = write_results(config, tmp_path_factory.mktemp("rows"))
    for path in sorted((results / "evaluation").rglob("language_model.json")):
        add_rows(path)
    return results / "report", build(config, results, results / "report")


def test_every_table_of_results_has_the_rows_of_its_vocabulary(made: tuple[Path, Content]) -> None:
    (table,) = [t for t in made[1].tables if t.name.startswith("headline")]
    rows = {row["initialization"]: row for row in table.rows}
    names = {
        "no model: uniform",
        "no model: unigram",
        "no model: bigram",
        "source model, untouched",
    }
    assert names < rows.keys()
    bits = next(c.key for c in table.columns if c.label.startswith("bits per byte ↓"))
    assert rows["no model: unigram"][bits].mean == 3.0
    assert rows["source model, untouched"][bits].mean == 2.6


def test_a_model_above_them_is_warned_about_in_a_line_for_each_step(
    made: tuple[Path, Content],
) -> None:
    (table,) = [t for t in made[1].tables if t.name.startswith("headline")]
    assert [re.sub(r"bits.*", "", warning) for warning in table.warnings] == [
        "swahili, step 0, ", "swahili, the end, "
    ]  # fmt: skip
    # Loss in nats, 4 bytes a token: random begins at 9.4, which is 3.39 bits per byte.
    assert "above the uniform distribution of its vocabulary (3.200): random, mean" in str(
        table.warnings[0]
    )
    assert table.warnings[0].index("uniform") < table.warnings[0].index("bigrams (2.000): ")
    assert "**Warning:** swahili, step 0" in (made[0] / "report.md").read_text("utf-8")


def test_what_is_forgotten_is_a_column_with_a_difference_from_the_source_model(
    made: tuple[Path, Content],
) -> None:
    (table,) = [t for t in made[1].tables if t.name.startswith("headline")]
    columns = [c for c in table.columns if "elsewhere" in c.label]
    assert [c.label for c in columns] == ["bits per byte elsewhere (english) ↓"] * 2
    for row in table.rows[:6]:
        found = row[columns[0].key]
        assert found.difference == pytest.approx(LOST)
        assert found.low <= found.difference <= found.high
        assert found.verdict == "worse"
        assert found.evidence.endswith("against the source model")
    rows = {row["initialization"]: row for row in table.rows}
    assert rows["no model: uniform"][columns[0].key].mean == 9.0
    assert "untouched source model" in table.note
    assert f"Model: {PREFIX}." in table.note
    assert "english" in to_csv(table)


def test_no_model_is_worse_than_a_source_that_does_not_know_the_text(tmp_path: Path) -> None:
    """But one that is better stays so: the source's own bits are too few."""
    config: Config = configuration({"swahili": ["swh_Latn"]}, ("random", "wechsel"))
    results = write_results(config, tmp_path)
    note = f"89% of the tokens are unknown, so {TOO_FEW_BITS}"
    for path in sorted((results / "evaluation").rglob("language_model.json")):
        add_rows(path, LOST if "wechsel" in path.parts else -LOST, note)
    content = build(config, results, results / "report")
    (table,) = [t for t in content.tables if t.name.startswith("headline")]
    key = next(c.key for c in table.columns if "elsewhere" in c.label)
    found = {row["initialization"]: row[key] for row in table.rows if key in row}
    assert found["random"].verdict == "better"
    assert (found["wechsel"].verdict, found["wechsel"].difference) == ("untested", None)
    assert found["wechsel"].mean is not None
    assert found["wechsel"].evidence == f"no difference from the source model: {note}"
    assert f"Source model on english: {note}." in table.note


def test_text_of_the_same_sources_is_no_other_domain(made: tuple[Path, Content]) -> None:
    assert any("The text of english is from the sources of" in said for said in made[1].limits)


def test_what_is_measured_alone_decides_nothing(made: tuple[Path, Content]) -> None:
    criteria = {conclusion.criterion.metric for conclusion in made[1].conclusions}
    assert criteria == {"bits_per_byte"}
    assert {c.criterion.language for c in made[1].conclusions} == {"swh_Latn"}


def test_means_over_languages_need_several() -> None:
    def key(language: str, metric: str = "bits_per_byte") -> TrivialScore:
        return TrivialScore("run", language, "language_model", metric, "", "uniform")

    values = {key("swh_Latn"): 2.0, key("zho_Hans"): 3.0, key("swh_Latn", "accuracy@1"): 0.1}
    assert means_over_languages(values) == {key(ALL): 2.5}
    assert means_over_languages({key("swh_Latn"): 2.0}) == {}


def test_a_result_of_an_earlier_version_has_no_such_rows(report: tuple[Path, Content]) -> None:
    _, content = report
    tables = [t for t in content.tables if t.name.startswith("headline")]
    assert not any(t.warnings for t in tables)
    assert "elsewhere" not in json.dumps([c.label for t in tables for c in t.columns])
