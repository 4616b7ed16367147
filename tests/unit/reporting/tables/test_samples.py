"""The table of generated texts: the same beginnings for all models, harmless on the page."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from synthetic import EMPTY, configuration

from lingraft.evaluation.results import write_predictions
from lingraft.reporting.tables.samples import plain, sample_tables
from lingraft.reporting.tables.table import to_markdown
from lingraft.stages.trainings import TrainingId


def record(system: str, generated: str) -> dict[str, Any]:
    where = {"id": "c/1", "language": "heb_Hebr", "system": system}
    return where | {"prompt": "פתח", "generated": generated, "real": " את הקובץ"}


def test_a_row_for_each_model_beside_the_real_text(tmp_path: Path) -> None:
    config = configuration({"hebrew": ["heb_Hebr"]}, ("random", "wechsel"), seeds=(2, 1))
    predictions = {}
    for name, seed, text in (("random", 2, " <b>x|y"), ("random", 1, "other"), ("wechsel", 2, "")):
        path = tmp_path / f"{name}-{seed}.jsonl.zst"
        write_predictions(path, [record("model", text), record("source model", " the\nfile")])
        predictions[TrainingId("hebrew", name, seed), "initialized", "samples"] = path
    collection = replace(EMPTY, predictions=predictions)
    [table] = sample_tables(config, collection)
    assert [(row["initialization"], row["c/1"]) for row in table.rows] == [
        ("the beginning", "פתח"),
        ("how it goes on", "את הקובץ"),
        ("source model, untouched", "the file"),
        ("random", "<b>x|y"),  # of the first seed
        ("wechsel", "(nothing)"),
    ]
    assert all(column.wraps for column in table.columns[2:])  # the page shows their own direction
    assert "<b>" not in to_markdown(table)
    assert sample_tables(config, EMPTY) == []


def test_texts_of_models_with_a_normalizer_say_so(tmp_path: Path) -> None:
    config = configuration({"hebrew": ["heb_Hebr"]}, ("random",), seeds=(1,))
    notes = []
    for name, more in (("plain", {}), ("normalized", {"generated_as_read": "x"})):
        path = tmp_path / f"{name}.jsonl.zst"
        write_predictions(path, [record("model", " הקובץ") | more])
        place = TrainingId("hebrew", "random", 1), "initialized", "samples"
        [table] = sample_tables(config, replace(EMPTY, predictions={place: path}))
        notes.append("here it is as people write" in table.note)
    assert notes == [False, True]


def test_texts_cannot_turn_what_is_beside_them() -> None:
    assert plain("a\u202eb\u2066c\u200fd\x07 \n e") == "abcd e"
    assert plain("می\u200cخواهم") == "می\u200cخواهم"  # a joiner is part of the word
    assert plain("x" * 500) == "x" * 240 + "…"
