"""Columns of headline tables: tasks that share a metric are told apart by name."""

from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import EMPTY, configuration

from lingraft.evaluation.outcome import Score
from lingraft.evaluation.results import TaskResult
from lingraft.reporting.findings.finding import ALL, Criterion, Finding, Question
from lingraft.reporting.findings.wording import measure_name
from lingraft.reporting.tables.initialization import neighbor_tables
from lingraft.reporting.tables.results import _size, label
from lingraft.reporting.tables.words import _state, vector_tables, vectors_table
from lingraft.reporting.writing.content import Content
from lingraft.stages.trainings import TrainingId


def question(task: str, metric: str, protocol: str = "p", setting: str = "") -> Question:
    return Question("pretrained", task, protocol, metric, setting, "up")


def test_tasks_with_one_metric_have_labels_of_their_own() -> None:
    asked = [question(task, "accuracy@10") for task in ("sr_t", "sr_b", "retrieval")]
    labels = [label(q, asked) for q in asked]
    assert labels == ["SR-T accuracy@10 ↑", "SR-B accuracy@10 ↑", "accuracy@10 ↑"]


def test_settings_of_one_task_are_told_apart() -> None:
    asked = [question("xnli", "accuracy", setting=s) for s in ("zero_shot", "translate_test")]
    assert [label(q, asked) for q in asked] == [
        "XNLI accuracy (zero_shot) ↑",
        "XNLI accuracy (translate_test) ↑",
    ]


def test_a_measure_is_named_by_its_task_too() -> None:
    criterion = Criterion(
        "run", "pretrained", "pos", "p", "swh_Latn", "seqeval_f1", "", "test", "up"
    )
    assert measure_name(criterion) == "POS seqeval f1"


@pytest.mark.parametrize(
    ("language", "items", "said"),
    [("tail", 1, "1 language"), ("all", 3, "3 languages"), ("swh_Latn", 1, "1 test item")],
)
def test_a_mean_over_a_group_counts_languages(language: str, items: int, said: str) -> None:
    config = configuration({"many": ["swh_Latn"]}, ("random",), groups={"tail": ["swh_Latn"]})
    shown = ALL if language == "all" else language
    criterion = Criterion("many", "pretrained", "ner", "p", shown, "seqeval_f1", "", "test", "up")
    found = Finding(criterion, "random", mean=0.5, items=items)
    assert _size(config, [found]) == said


def test_tables_say_n_and_what_guessing_scores(report: tuple[Path, Content]) -> None:
    table = next(t for t in report[1].tables if t.name == "headline-swahili-swh_Latn")
    assert "accuracy@1: 80 test items" in table.note
    chance = next(row for row in table.rows if row["initialization"] == "no model: chance")
    cells = [cell for cell in chance.values() if isinstance(cell, Finding)]
    found = {cell.criterion.metric: cell.mean for cell in cells}
    assert found == {"accuracy@1": pytest.approx(1 / 80), "accuracy@10": pytest.approx(10 / 80)}


def test_bold_are_the_best_and_those_level_with_it(report: tuple[Path, Content]) -> None:
    content = report[1]
    for table in content.tables:
        for column in table.columns if table.name.startswith("headline") else ():
            cells = [row.get(column.key) for row in table.rows if column.kind == "finding"]
            known = [c for c in cells if isinstance(c, Finding) and c.seeds]
            top = {c.initialization for c in known if c.top}
            if known:
                leaders = content.standings.of(known[0].criterion)
                assert top == (set(leaders.level) if leaders.is_decided else set())


def test_the_state_of_an_alignment_agrees_with_its_warnings() -> None:
    assert _state(0.02, True, True) == "failed"
    assert _state(0.05, False, True).startswith("doubtful")
    assert _state(0.4, False, False) == "usable"
    assert _state(None, False, False) == "not tested"


def test_scores_of_vectors_have_intervals() -> None:
    scores = (
        Score("tur_Latn", "spearman", 0.5, 100, standard_error=0.05),
        Score("tur_Latn", "out_of_vocabulary", 0.1, 110, "down"),
        Score("tur_Latn", "pearson", None, 0, note="too few"),
    )
    result = TaskResult("word_similarity", "word_similarity/exact", {}, {}, {}, "", scores)
    table = vectors_table(
        replace(EMPTY, vector_results={("turkish", "word_similarity"): result}), 0.95
    )
    first, second, third = table.rows
    assert (first["vectors"], first["metric"]) == ("turkish", "word similarity spearman")
    assert first["value"].text == "0.500 [0.396, 0.591]"
    assert second["value"].text == "0.100"
    assert (third["value"], third["note"]) == (None, "too few")


def test_a_share_at_its_limit_has_an_interval_within_it() -> None:
    """Twenty of twenty prove less than that all are right."""
    scores = (
        Score("tur_Latn", "accuracy", 0.0, 35, setting="nouns", standard_error=0.0),
        Score("tur_Latn", "mrr@10", 0.033, 35, setting="nouns", standard_error=0.0174),
        Score("tur_Latn", "accuracy", 0.4, 35, setting="nouns", system="chance"),
    )
    result = TaskResult("word_analogies", "word_analogies/all", {}, {}, {}, "", scores)
    found = {("cbow", "word_analogies"): result, ("ppmi", "word_analogies"): result}
    accuracy, ranks = vector_tables(replace(EMPTY, vector_results=found), 0.95)
    assert accuracy.title == "Word vectors: analogies accuracy, tur_Latn"
    assert [row["vectors"] for row in accuracy.rows] == ["cbow", "ppmi", "no vectors: chance"]
    assert accuracy.rows[0]["on nouns"].text == "0.000 [0.000, 0.099]"
    assert 0 < ranks.rows[0]["on nouns"].low < 0.033 < ranks.rows[0]["on nouns"].high < 0.1


def test_vectors_alone_have_no_table_of_comparisons() -> None:
    score = Score("tur_Latn", "accuracy", 0.5, 10, standard_error=0.1)
    result = TaskResult("word_analogies", "word_analogies/all", {}, {}, {}, "", (score,))
    found = replace(EMPTY, vector_results={("cbow", "word_analogies"): result})
    assert not vector_tables(found, 0.95)


def test_intervals_of_words_have_the_confidence_of_the_report() -> None:
    score = Score("tur_Latn", "accuracy", 0.5, 10, standard_error=0.1)
    result = TaskResult("word_analogies", "word_analogies/all", {}, {}, {}, "", (score,))
    found = {("cbow", "word_analogies"): result, ("ppmi", "word_analogies"): result}
    collection = replace(EMPTY, vector_results=found)
    (table,) = vector_tables(collection, 0.8)
    assert "Brackets: 80 % interval" in table.note
    (column,) = (each for each in vectors_table(collection, 0.8).columns if each.key == "value")
    assert "80 % interval" in column.hint
    narrow, wide = (vectors_table(collection, level).rows[0]["value"] for level in (0.8, 0.975))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_example_tokens_stand_side_by_side() -> None:
    example = {"provenance": "combined", "neighbors": [["house", 0.71], ["home", 0.2]]}
    accounts = {
        name: {"examples": [example | {"token": token} for token in tokens]}
        for name, tokens in {"a": "xyz", "b": "zyxw"}.items()
    }
    trainings = {TrainingId("sw", name, 1): account for name, account in accounts.items()}
    collection = replace(EMPTY, initializations=trainings)
    [table] = neighbor_tables(collection, 2)
    assert [column.label for column in table.columns] == ["New token", "a", "b"]
    assert [row["token"] for row in table.rows] == ["x", "y"]
    assert {row[name] for row in table.rows for name in "ab"} == {"house 0.71, home 0.20"}
