"""The papers' configurations: they plan whole, and in small; the cheapest runs to its report."""

import csv
import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
from tests.workflow.project import ROOT, Project

from lingraft.experiment.loading import load
from lingraft.reporting.published.beside import Verdict
from lingraft.reporting.published.numbers import load_numbers

PAPERS = sorted(path.stem for path in (ROOT / "config" / "paper").glob("*.yaml"))
OF_VECTORS = {"sinhala-alignment": "evaluate_alignment", "turkish-static": "evaluate_vectors"}
SMALL = Path("small.yaml")


def make_small(project: Project, name: str) -> None:
    paper = f"config/paper/{name}.yaml"
    done = project.script("scale_config", "--config", paper, "--output", str(SMALL))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", PAPERS)
def test_every_paper_plans_in_small(project: Project, name: str) -> None:
    make_small(project, name)
    planned = project.planned(config=SMALL)
    assert planned["report"] == 1
    if name in OF_VECTORS:
        assert planned[OF_VECTORS[name]] >= 10
    else:
        assert 2 <= planned["initialize_embeddings"] <= 18


@pytest.mark.parametrize("name", ["wechsel-roberta", "ofa-mono"])
def test_the_small_graph_has_the_same_rules(project: Project, name: str) -> None:
    make_small(project, name)
    full = project.planned(config=Path(f"config/paper/{name}.yaml"))
    assert set(project.planned(config=SMALL)) == set(full)


def test_the_plan_of_the_largest_paper_takes_seconds(project: Project) -> None:
    done = project.script("show_plan", "--config", "config/paper/ofa-multi.yaml")
    assert done.returncode == 0, done.stdout
    assert done.processor_seconds < 20
    assert re.search(r"evaluate +10\n", done.stdout)
    assert re.search(r"xlm-r +about 1\.1 GB +MIT", done.stdout)
    assert "bible      not there yet  on request, not to be passed on" in done.stdout
    assert re.search(r"ofa-768 +1 +49\.2 billion", done.stdout)
    assert not (project.folder / "results").exists()


def test_a_mistake_is_answered_by_the_plan(project: Project) -> None:
    path = project.folder / "config" / "paper" / "focus.yaml"
    path.write_text(path.read_text("utf-8").replace("paper: focus", "paper: fokus"), "utf-8")
    done = project.script("show_plan", "--config", "config/paper/focus.yaml")
    assert done.returncode != 0
    assert "unknown paper 'fokus'; did you mean 'focus'?" in done.stdout


@pytest.mark.slow
def test_a_paper_in_small_runs_to_its_report(project: Project) -> None:
    make_small(project, "wechsel-low-resource")
    done = project.snakemake(config=SMALL)
    assert done.returncode == 0, done.stdout[-8000:]
    report = project.folder / "results" / "wechsel-low-resource-scaled" / "report"
    page = (report / "index.html").read_text("utf-8")
    assert "gpt2-wechsel" in page  # the published numbers stand beside ours
    assert "Everything here is made-up data" in page
    assert (report / "tables" / "papers.csv").is_file()


@pytest.mark.parametrize("name", OF_VECTORS)
def test_every_published_cell_of_vectors_is_told(name: str) -> None:
    """A model of the paper's tables that nothing repeats is declared as not run."""
    published = load(ROOT / "config" / "paper" / f"{name}.yaml").report.published
    models = {number.model for number in load_numbers() if number.paper == name}
    assert {declared.model for declared in published} == models


@pytest.mark.slow
@pytest.mark.timeout(1800)  # fifty jobs, each of which starts Python
@pytest.mark.parametrize(
    ("name", "cells", "joined"), [("sinhala-alignment", 192, 120), ("turkish-static", 126, 75)]
)
def test_vectors_in_small_have_a_verdict_per_cell(
    project: Project, name: str, cells: int, joined: int
) -> None:
    make_small(project, name)
    done = project.snakemake(config=SMALL)
    assert done.returncode == 0, done.stdout[-8000:]
    table = project.folder / "results" / f"{name}-scaled" / "report" / "tables" / "papers.csv"
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    verdicts = Counter(row["Verdict"] for row in rows)
    assert len(rows) == cells
    assert set(verdicts) <= set(get_args(Verdict))
    assert sum(bool(row["Ours"]) for row in rows) == joined
    assert verdicts["not run"] > 0
