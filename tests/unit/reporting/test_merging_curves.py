"""Dynamic tokenization in the report: a figure and a table of its own, all else as without it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import configuration, write_results

from lingraft.config.dynamic import Dynamic
from lingraft.evaluation.dynamic.costs import ReadingCosts
from lingraft.evaluation.dynamic_reading import labelled
from lingraft.evaluation.outcome import MODEL, Outcome, joined
from lingraft.evaluation.results import (
    predictions_path,
    read_predictions,
    read_result,
    write_result,
)
from lingraft.reporting.figures.interactive import to_plotly
from lingraft.reporting.figures.static import to_svg
from lingraft.reporting.stage import build
from lingraft.reporting.tables.table import EMPTY
from lingraft.reporting.writing.content import Content

NAMES = ("random", "wechsel")
TWO = {"swahili": ["swh_Latn"], "chinese": ["zho_Hans"]}
UNITS = {None: 20, 10: 15, "max": 12}


def worsened(outcome: Outcome, every: int) -> Outcome:
    """Each so many-th query finds the second text."""
    rows = [
        {**row, "rank": 2 if i % every == 0 else row["rank"]}
        for i, row in enumerate(outcome.predictions)
    ]
    ranks_N = np.array([row["rank"] for row in rows])
    scores = [
        replace(s, value=float((ranks_N <= int(s.metric.split("@")[1])).mean()))
        if s.system == MODEL
        else s
        for s in outcome.scores
    ]
    return Outcome(scores, rows)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Content, Content, Path]:
    """The report without the key, the report with it, and the folder of the latter."""
    config = configuration(TWO, NAMES)
    root = tmp_path_factory.mktemp("merges")
    results = write_results(config, root)
    plain = build(config, results, root / "plain")
    for path in sorted((results / "evaluation").glob("**/retrieval.json")):
        result = read_result(path)
        found = Outcome(result.scores, list(read_predictions(predictions_path(path))))
        parts = []
        for merges, every in ((None, 1000), (10, 20), ("max", 5)):
            one = None if merges is None else Dynamic(merges=merges)
            units = UNITS[merges]
            costs = ReadingCosts(10, 200, 10 * units, units / 100, 4 * (merges is not None), 1)
            parts.append(labelled(worsened(found, every) if one else found, one, costs))
        outcome = joined(parts)
        write_result(path, replace(result, scores=outcome.scores), outcome.predictions)
    return plain, build(config, results, root / "dynamic"), root / "dynamic"


def test_all_else_is_as_without_it(both) -> None:
    plain, dynamic, _ = both
    rest = [section for section in dynamic.sections if section.id != "merges"]
    assert [section.id for section in plain.sections] == [section.id for section in rest]
    assert plain.findings == dynamic.findings
    assert "merges" not in [section.id for section in plain.sections]


def test_the_table_has_a_row_for_each_number_of_merges(both) -> None:
    _, dynamic, folder = both
    (table,) = [table for table in dynamic.tables if table.name == "merges"]
    rows = [r for r in table.rows if (r["run"], r["initialization"]) == ("swahili", "wechsel")]
    own = [r for r in rows if (r["step"], r["measure"]) == ("the end", "accuracy@1")]
    assert [row["merges"] for row in own] == ["static", "10", "max"]
    assert [row["tokens"] for row in own] == [20, 15, 12]
    assert [row["seconds"] for row in own] == [20, 15, 12]
    assert own[0]["saved"] is EMPTY and own[1]["saved"] == pytest.approx(0.25)
    static, ten, most = (row["score"].value for row in own)
    assert static > ten > most
    assert own[2]["kept"] == pytest.approx(most / static)
    assert own[2]["score"].low <= most - static <= own[2]["score"].high < 0
    assert own[1]["hits"] == 0.25
    assert (folder / "tables" / "merges.csv").is_file()


def test_the_figure_marks_the_static_point(both) -> None:
    _, dynamic, folder = both
    (figure,) = [f for f in dynamic.figures if f.name == "merges-accuracy-at-1"]
    panels = ["swahili, swh_Latn, step 0", "chinese, zho_Hans, the end"]
    assert set(panels) <= {panel.title for panel in figure.panels}
    line = next(s for s in figure.series if s.name == "wechsel" and s.panel == 0)
    assert list(line.x) == [20, 15, 12]
    assert all(a <= b <= c for a, b, c in zip(line.low, line.y, line.high, strict=True))
    static = next(s for s in figure.series if s.name == "static" and s.panel == 0)
    assert (static.x[0], len(static.x)) == (20, 1)
    assert "<svg" in to_svg(figure)
    assert to_plotly(figure, dynamic.hours)
    assert (folder / "figures" / "merges-accuracy-at-1.svg").is_file()
