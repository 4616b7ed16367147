"""The section for many languages, in every format, and its few lines for the terminal."""

import csv
from pathlib import Path

import pytest

from lingraft.reporting.collected.reading import collect
from lingraft.reporting.findings.curves import bands
from lingraft.reporting.tables.table import to_csv
from lingraft.reporting.writing.content import Content
from lingraft.reporting.writing.sections import compose
from lingraft.reporting.writing.summary import summary_lines

GROUPS = {
    "all languages": 4,
    "text < 100 KB": 1,
    "text 100 KB to 1 MB": 2,
    "text ≥ 1 MB": 1,
    "with pairs": 3,
    "without pairs": 1,
    "Latin script": 2,
    "other scripts": 2,
}


def test_a_report_of_two_languages_has_no_such_section(report: tuple[Path, Content]) -> None:
    assert "languages" not in {section.id for section in report[1].sections}
    assert not report[1].studies


def test_a_study_that_has_only_begun_says_so(study: tuple[Path, Content], tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    content = compose(study[1].written, collect(study[1].written, tmp_path / "results"))
    [section] = [section for section in content.sections if section.id == "languages"]
    assert section.paragraphs[-1].endswith("have the scores of all of them so far.")
    assert not section.parts and not content.studied_runs


def test_the_page_and_the_markdown_have_the_section(study: tuple[Path, Content]) -> None:
    folder, content = study
    assert [section.id for section in content.sections][:2] == ["summary", "languages"]
    summary, languages, results = content.sections[:3]
    assert summary.paragraphs[:2] == [languages.bullets[0], languages.bullets[3]]
    assert not summary.conclusions and len(results.conclusions) == 4
    assert 'id="languages"' in (folder / "index.html").read_text("utf-8")
    text = (folder / "report.md").read_text("utf-8")
    assert "trans-tokenization has the best mean" in text
    assert "(Davison and Hinkley 1997, section 3.8)" in text
    assert "better in 4, level in 0 and worse in 0 of 4 languages." in text


def test_languages_and_methods_are_a_table_for_each_metric_and_step(
    study: tuple[Path, Content],
) -> None:
    folder, content = study
    table = next(t for t in content.tables if t.name == "study-minilm-bits-per-byte-initialized")
    rows = {row["language"]: row for row in table.rows}
    assert list(rows)[4:] == ["mean"]
    sizes = [row["text_bytes"] for row in table.rows[:4]]
    assert sizes == sorted(sizes, reverse=True)
    assert rows["orm"]["script"] == "Latn"
    assert (rows["swh"]["items"], rows["swh"]["predicted"] > 0) == (20, True)
    assert "chance" not in {column.key for column in table.columns}
    groups = next(t for t in content.tables if t.name == "study-minilm-group-means")
    counts = {row["group"]: row["languages"] for row in groups.rows}
    assert counts == GROUPS and len(groups.rows) == 6 * len(GROUPS)
    retrieval = next(t for t in content.tables if "accuracy-at-1-initialized" in t.name)
    assert retrieval.rows[0]["chance"] == pytest.approx(1 / 30)
    names = (path.stem for path in (folder / "tables").glob("study-*.csv"))
    assert len(list(names)) == 6 + 7


def test_no_column_of_a_csv_has_the_name_of_another(study: tuple[Path, Content]) -> None:
    for table in study[1].tables:
        if table.name.startswith("study-"):
            heads = next(csv.reader([to_csv(table).splitlines()[0]]))
            assert len(set(heads)) == len(heads)


def test_the_terminal_gets_a_line_for_each_method_and_step(study: tuple[Path, Content]) -> None:
    lines = summary_lines(study[1])
    assert lines[1] == "Mean over 4 languages, step 0"
    assert [line.split()[0] for line in lines[3:6]] == ["random", "wechsel", "trans-tokenization"]
    assert "4/0/0" in lines[5]
    assert max(map(len, lines[:14])) <= 100
    assert not any(line.startswith("swh") for line in lines)


def test_figures_are_drawn_both_ways(study: tuple[Path, Content]) -> None:
    folder, content = study
    kinds = {f.name: f.kind for f in content.figures if f.name.startswith("study-")}
    assert kinds == {
        "study-minilm-groups-bits-per-byte-initialized": "intervals",
        "study-minilm-groups-bits-per-byte-pretrained": "intervals",
        "study-minilm-best-other-bits-per-byte": "intervals",
        "study-minilm-bits-per-byte": "panels",
        "study-minilm-accuracy-at-1": "panels",
        "study-minilm-amounts-bits-per-byte": "panels",
        "study-minilm-amounts-accuracy-at-1": "panels",
        "study-minilm-curves": "panels",
    }
    assert all((folder / "figures" / f"{name}.svg").is_file() for name in kinds)


def test_curves_of_a_study_are_one_figure_of_differences(study: tuple[Path, Content]) -> None:
    content = study[1]
    assert not [figure for figure in content.figures if figure.name.startswith("curves-")]
    [figure] = [figure for figure in content.figures if figure.name == "study-minilm-curves"]
    assert [panel.title for panel in figure.panels] == list(content.studies[0][0].runs)
    found = {(b.run, b.initialization): b for b in bands(content.config, content.collection)}
    for series in figure.series:
        if series.name != "random":
            run = figure.panels[series.panel].title
            own, base = found[run, series.name], found[run, "random"]
            assert series.x == list(own.budgets["steps"])
            expected = [a - b for a, b in zip(own.mean, base.mean, strict=True)]
            assert series.y == pytest.approx(expected)


def test_steps_to_match_are_a_table_of_languages_and_methods(study: tuple[Path, Content]) -> None:
    content = study[1]
    [table] = [table for table in content.tables if table.name == "study-minilm-steps-to-match"]
    [long] = [table for table in content.tables if table.name == "compute-to-match"]
    budgets = {(row["run"], row["initialization"]): row["steps budget"] for row in long.rows}
    assert [column.key for column in table.columns] == ["language", "wechsel", "trans-tokenization"]
    assert len(table.rows) == 4
    for row in table.rows:
        for name in ("wechsel", "trans-tokenization"):
            assert row[name].value == budgets[row["language"], name].value
