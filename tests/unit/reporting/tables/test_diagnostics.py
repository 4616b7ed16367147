"""Diagnostics stand apart from the results: models by metrics at each step."""

from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import configuration, write_results

from lingraft.evaluation.outcome import Score
from lingraft.evaluation.results import TaskResult, write_result
from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import check
from lingraft.reporting.findings.finding import ALL, Criterion, Finding
from lingraft.reporting.stage import build
from lingraft.reporting.tables.diagnostics import diagnostic_tables, meanings
from lingraft.reporting.tables.table import Table, to_markdown
from lingraft.stages.settings import what_was_set
from lingraft.stages.trainings import Step, steps, trainings

METRICS = {"anisotropy": "none", "alignment": "down", "hubness@10": "down"}


def finding(
    metric: str, step: Step, name: str, mean: float | None = 0.5, language: str = "swh_Latn"
) -> Finding:
    task = "limit" if metric.startswith("recall") else "embedding_space"
    better = METRICS.get(metric, "up")
    criterion = Criterion("swahili", step, task, "p", language, metric, "", "valid", better)  # type: ignore[arg-type]
    return Finding(criterion, name, mean=mean)


def both(metric: str, mean: float | None = 0.5, language: str = "swh_Latn") -> list[Finding]:
    return [
        finding(metric, step, name, mean, language)
        for step in ("initialized", "pretrained")
        for name in ("random", "wechsel")
    ]


@pytest.fixture
def small() -> Config:
    encoders = {"distilled": ["wechsel"]}
    return configuration({"swahili": ["swh_Latn"]}, ("random", "wechsel"), encoders=encoders)


def test_a_row_is_a_model_at_a_step_and_a_column_a_metric(small: Config) -> None:
    metrics = ["recall@10", "recall@2", *reversed(METRICS)]  # the order of findings is another
    found = [f for metric in metrics for f in both(metric)]
    [table] = diagnostic_tables(small, found, 24)
    labels = [(column.group, column.label) for column in table.columns]
    assert labels == [
        ("", "Initialization"),
        ("", "Step"),
        ("space", "anisotropy"),
        ("space", "alignment ↓"),
        ("space", "hubness@10 ↓"),
        ("LIMIT", "recall@2 ↑"),
        ("LIMIT", "recall@10 ↑"),
    ]
    assert [(row["initialization"], row["step"]) for row in table.rows] == [
        ("random", "step 0"),
        ("random", "the end"),
        ("wechsel", "step 0"),
        ("wechsel", "the end"),
    ]
    assert all(row["3"].criterion.metric == "recall@2" for row in table.rows)
    encoder = finding("anisotropy", "distilled", "wechsel")
    [table] = diagnostic_tables(small, [encoder, *found], 24)
    assert [row["step"] for row in table.rows] == ["step 0", "the end"] * 2 + ["encoder distilled"]
    assert table.columns[2].hint == "mean cosine of two different texts (p)"
    said = meanings(found)
    assert said.startswith("Anisotropy: mean cosine of two different texts; alignment: squared")
    assert said.endswith("among the k nearest.")


def test_other_tasks_and_metrics_without_a_number_are_left_out(small: Config) -> None:
    other = [
        replace(f, criterion=replace(f.criterion, task=task))
        for task in ("retrieval", "of another tool")
        for f in both("anisotropy")
    ]
    assert diagnostic_tables(small, other, 24) == []
    [table] = diagnostic_tables(small, [*other, *both("alignment", None), *both("anisotropy")], 24)
    assert [column.label for column in table.columns[2:]] == ["anisotropy"]


def test_of_many_languages_only_the_means_are_shown(small: Config) -> None:
    languages = ["swh_Latn", "zho_Hans", ALL]
    found = [f for language in languages for f in both("anisotropy", language=language)]
    titles = [table.title for table in diagnostic_tables(small, found, 2)]
    assert titles == ["swahili: mean over languages, diagnostics"]
    assert len(diagnostic_tables(small, found, 3)) == 3


def test_the_report_has_a_section_and_the_headline_does_not_change(
    small: Config, tmp_path: Path
) -> None:
    tasks = {"embedding_space": {}, "limit": {"free_dimensions": [4]}}
    content = what_was_set(small)
    config = check(content | {"evaluation": content["evaluation"] | tasks}, "synthetic.yaml")
    results = write_results(config, tmp_path)
    for training in trainings(config):
        for step in steps(config, training):
            write_diagnostics(results / "evaluation" / training.folder / step)
    written = build(config, results, results / "report")
    [section] = [section for section in written.sections if section.id == "diagnostics"]
    table, free = section.parts
    assert isinstance(table, Table) and isinstance(free, Table)
    values = [column for column in table.columns if column.kind == "finding"]
    assert [column.label for column in values] == ["anisotropy", "recall@2 ↑"]
    assert {row["0"].items for row in table.rows} == {30}
    assert free.rows == [{"dimensions": "4 dimensions", "documents": 9}]
    assert "| 4 dimensions | 9 |" in to_markdown(free)
    [headline] = [table for table in written.tables if table.name.startswith("headline")]
    assert not [column for column in headline.columns if "anisotropy" in column.label]
    page = (results / "report" / "index.html").read_text("utf-8")
    assert "Diagnostics of the vectors" in page


def write_diagnostics(folder: Path) -> None:
    """Write what both tasks would find."""
    space = Score("swh_Latn", "anisotropy", 0.25, 30, "none")
    recall = Score("swh_Latn", "recall@2", 0.5, 45, split="generated")
    free = Score(
        "all", "critical_documents", 9, 36, "none", "generated", "free vectors", "4 dimensions"
    )
    for task, scores in (("embedding_space", [space]), ("limit", [recall, free])):
        digests = {"weights": "0" * 64}
        write_result(
            folder / f"{task}.json", TaskResult(task, "p", {}, digests, {}, "key", scores), []
        )
