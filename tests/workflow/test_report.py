"""The report as Snakemake's own report holds it, and what makes it again."""

import csv
from importlib.resources import files

from tests.workflow.project import Project


def test_snakemakes_own_report_holds_ours(copy_of_finished: Project) -> None:
    done = copy_of_finished.snakemake("--report", "whole.html")
    assert done.returncode == 0, done.stdout
    page = (copy_of_finished.folder / "whole.html").read_text("utf-8")
    assert "index.html" in page
    assert "which method won, by how much, how sure that is" in page  # the caption
    assert "is taught a new language" in page  # the text about the whole
    for category in ("Figures", "Tables", "Model cards", "Alignments", "Initializations"):
        assert f'"{category}": {{' in page
    assert '{"run": "swahili", "initialization": "ofa-8", "seed": "1"}' in page
    assert copy_of_finished.planned() == {}


def test_a_changed_table_of_numbers_makes_the_report_again(copy_of_finished: Project) -> None:
    table = copy_of_finished.folder / "mine.csv"
    own = (files("lingraft.reporting.published") / "data" / "paper_numbers.csv").read_text("utf-8")
    columns = next(csv.reader(own.splitlines()))
    table.write_text(",".join(columns) + "\n", "utf-8")
    copy_of_finished.change(report={"paper_tables": ["mine.csv"]})
    assert copy_of_finished.planned() == {"report": 1}
    assert copy_of_finished.snakemake().returncode == 0
    assert copy_of_finished.planned() == {}
    table.write_text(",".join([*columns, "comment"]) + "\n", "utf-8")
    assert copy_of_finished.planned() == {"report": 1}
