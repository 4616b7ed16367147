"""The report of an experiment that makes no model: alignments and vectors alone."""

import csv
from dataclasses import replace
from pathlib import Path

from synthetic import EMPTY

from lingraft.evaluation.outcome import Score
from lingraft.evaluation.results import TaskResult, write_result
from lingraft.experiment.loading import check
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.stage import build
from lingraft.reporting.tables.words import aligned_table
from lingraft.reporting.writing.sections import compose
from lingraft.reporting.writing.summary import summary_lines

LANGUAGES = "eng_Latn-sin_Sinh"
TESTED = "test dictionary cc, csls, covered"
WORDS = {"trainer": "pretrained", "source": "given"}
CONFIG = check(
    {
        "experiment": "words",
        "sources": {"given": {"kind": "local", "path": "data", "license": "MIT"}},
        "vectors": {
            "english": WORDS | {"path": "en.vec", "language": "eng_Latn"},
            "sinhala": WORDS | {"path": "si.vec", "language": "sin_Sinh"},
        },
        "alignments": {
            "ours": {
                "source": "english",
                "target": "sinhala",
                "dictionaries": [{"format": "tsv", "source": "given", "path": "train.txt"}],
            }
        },
        "datasets": {
            "tests": {
                "source": "given",
                "format": "dictionary",
                "languages": {LANGUAGES: "en-si"},
                "test": {"cc": "{code}.txt"},
            }
        },
        "evaluation": {"lexicon": {"data": "tests"}},
        "report": {
            "published": [
                {
                    "alignment": "ours",
                    "paper": "sinhala-alignment",
                    "model": "RCSLS, cc",
                    "protocols": {f"lexicon/dictionary, {TESTED}": "lexicon/csls"},
                },
                {"not_run": "no encoder", "paper": "sinhala-alignment", "model": "LaBSE, cc"},
            ]
        },
    },
    "c.yaml",
)


def test_the_page_has_the_tables_of_words_and_the_verdicts(tmp_path: Path) -> None:
    score = Score(LANGUAGES, "precision@1", 0.226, 1500, setting=TESTED, standard_error=0.011)
    task = CONFIG.evaluation.task("lexicon")
    assert task is not None
    note = "translations of 3 of the 1500 words were used"
    result = TaskResult("lexicon", task.protocol(), {}, {}, {}, "", [score], notes=[note])
    write_result(tmp_path / "evaluation" / "lexicon" / "ours.json", result, [])
    build(CONFIG, tmp_path, tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text("utf-8")
    assert "no model was made" in page
    assert "Alignments, by every measure" in page
    assert note in page
    assert "▲" not in page  # nothing is compared with a baseline
    with (tmp_path / "report" / "tables" / "papers.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 24
    verdicts = {(row["Model"], row["Measure"]): row["Verdict"] for row in rows if row["Ours"]}
    assert verdicts == {("RCSLS, cc", "lexicon/csls, precision@1"): "within noise"}
    assert {row["Why"] for row in rows if row["Verdict"] == "not run"} == {"no encoder"}


def test_the_terminal_says_what_was_measured_without_marks_of_models(tmp_path: Path) -> None:
    task = CONFIG.evaluation.task("lexicon")
    assert task is not None
    result = TaskResult("lexicon", task.protocol(), {}, {}, {}, "", [])
    write_result(tmp_path / "evaluation" / "lexicon" / "ours.json", result, [])
    collection = collect(CONFIG, tmp_path)
    metrics = {"precision": {"csls": {"p_at_1_covered": 0.226}}}
    lines = summary_lines(compose(CONFIG, replace(collection, alignments={"ours": metrics})))
    assert "1 alignment: P@1 (covered words, CSLS) of 0.226." in lines
    assert "▲" not in "".join(lines)


def test_a_note_that_many_have_is_said_once() -> None:
    note = "translations of 3 of the 1500 words were used"
    result = TaskResult("lexicon", "", {}, {}, {}, "", [], notes=[note])
    found = {(f"a{i}", "lexicon"): result for i in range(5)}
    [said] = aligned_table(replace(EMPTY, alignment_results=found), 0.95).warnings
    assert said == f"a0, a1, a2 and 2 others: {note}"
