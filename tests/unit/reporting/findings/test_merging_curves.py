"""Scores of merged texts are points of a curve, and stand in no other table."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from synthetic import EMPTY, configuration

from lingraft.evaluation.outcome import Score
from lingraft.reporting.collected.collection import Collected, Measured
from lingraft.reporting.figures.merging_curves import merging_figures
from lingraft.reporting.findings.merging_curves import MergeCurve, merge_curves, without_merges
from lingraft.reporting.writing.merging_curves import merging_section
from lingraft.stages.trainings import TrainingId

CONFIG = configuration({"swahili": ["swh_Latn"]}, ("random", "wechsel"), seeds=(1, 2))
TOKENS = {"": (20.0, 0.0, 10.0), "100 merges": (15.0, 0.25, 8.0), "max merges": (10.0, 0.5, 6.0)}
SCORES = {"": 0.9, "100 merges": 0.88, "max merges": 0.6}


def measured(seed: int, metric: str, value: float | None, setting: str) -> Measured:
    better = "up" if "@" in metric else "none"
    score = Score("swh_Latn", metric, value, 100, better, setting=setting)
    training = TrainingId("swahili", "wechsel", seed)
    return Measured(training, "pretrained", "retrieval", "retrieval/any", score)


def rows(seed: int = 1, setting: str = "pivot to target") -> Iterator[Measured]:
    for label, value in SCORES.items():
        text = ", ".join(filter(None, (setting, label)))
        yield measured(seed, "accuracy@1", value + seed / 100, text)
        tokens, saved, seconds = TOKENS[label]
        yield measured(seed, "tokens_per_text", tokens, label)
        yield measured(seed, "length_saved", saved, label)
        yield measured(seed, "seconds_per_1000_texts", seconds, label)


def curves(*found: Measured) -> list[MergeCurve]:
    return merge_curves(CONFIG.report, collected(*found))


def collected(*found: Measured) -> Collected:
    return replace(EMPTY, scores=found)


@pytest.mark.parametrize("setting", ["pivot to target", ""])
def test_a_curve_goes_from_static_to_the_most_merges(setting: str) -> None:
    [curve] = curves(*rows(1, setting), *rows(2, setting))
    assert (curve.initialization, curve.criterion.setting) == ("wechsel", setting)
    assert [point.label for point in curve.points] == ["static", "100 merges", "max merges"]
    assert [point.score for point in curve.points] == pytest.approx([0.915, 0.895, 0.615])
    assert [point.tokens for point in curve.points] == [20, 15, 10]
    assert [point.saved for point in curve.points] == [0, 0.25, 0.5]
    assert [point.seconds for point in curve.points] == [10, 8, 6]


def test_other_tables_have_the_static_scores_only() -> None:
    kept = without_merges(collected(*rows())).scores
    assert [(row.score.metric, row.score.setting) for row in kept] == [
        ("accuracy@1", "pivot to target")
    ]


def test_scores_without_merges_are_no_curve_and_no_section() -> None:
    static = [row for row in rows() if "merges" not in row.score.setting]
    assert curves(*static) == []
    assert without_merges(collected(static[0])).scores == [static[0]]
    assert merging_section(CONFIG, []).is_empty


def test_a_point_without_a_score_or_without_its_cost_is_left_out() -> None:
    found = [
        replace(row, score=replace(row.score, value=None))
        if row.score.setting == "pivot to target, max merges"
        else row
        for row in rows()
    ]
    [curve] = curves(*found)
    assert [point.label for point in curve.points] == ["static", "100 merges"]
    lonely = [row for row in rows() if row.score.setting != "100 merges"]
    [curve] = curves(*lonely)
    assert [point.label for point in curve.points] == ["static", "max merges"]


def test_the_figure_has_the_points_and_marks_the_static_one() -> None:
    [figure] = merging_figures(CONFIG, curves(*rows()))
    line, static = figure.series
    assert list(line.x) == [20, 15, 10] and line.labels == ["static", "100 merges", "max merges"]
    assert (list(static.x), list(static.y)) == ([20], [line.y[0]])
    assert "0.910 with 20.0, 0.610 with 10.0" in figure.alternative


def test_the_table_has_what_is_kept_of_the_static_score() -> None:
    section = merging_section(CONFIG, curves(*rows()))
    table = section.parts[-1]
    kept = [row["kept"] for row in table.rows]
    assert kept[1:] == pytest.approx([0.89 / 0.91, 0.61 / 0.91])
    assert [row["merges"] for row in table.rows] == ["static", "100", "max"]
