import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from synthetic import configuration, write_results

from lingraft.reporting.stage import build
from lingraft.reporting.writing.content import Content

Report = tuple[Path, Content]


class Reader(HTMLParser):
    """Collects, for each table with a CSV, the exact values of its cells, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, list[list[str]]] = {}
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.unnamed: list[str] = []
        self._table = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        if "id" in found:
            self.ids.append(found["id"])
        self.addresses += [found[key] for key in ("src", "href", "action") if key in found]
        if found.get("role") in ("img", "region", "group") and not found.get("aria-label"):
            self.unnamed.append(str(found))
        if tag == "table":
            self._table = found["data-csv"]
            self.rows[self._table] = []
        elif tag == "tr" and self._table:
            self.rows[self._table].append([])
        elif tag == "data":
            self.rows[self._table][-1].append(found["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._table = ""


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return (report[0] / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def reader(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_numbers_in_the_page_equal_the_csv_files(report: Report, reader: Reader) -> None:
    folder, content = report
    assert len(reader.rows) == len(content.tables) > 10
    compared = 0
    for name, rows in reader.rows.items():
        text = (folder / "tables" / f"{name}.csv").read_text(encoding="utf-8")
        lines = list(csv.reader(io.StringIO(text)))[1:]
        shown = rows[-len(lines) :]
        for line, values in zip(lines, shown, strict=True):
            rest = iter(line)
            # Every value of the page is in the CSV's row, in its order.
            assert all(value in rest for value in values), (name, line, values)
            compared += len(values)
    assert compared > 1000


def test_the_page_asks_nobody_for_anything(page: str, reader: Reader) -> None:
    outside = [
        a for a in reader.addresses if not a.startswith(("data:", "#", "tables/", "figures/"))
    ]
    assert outside == []
    assert "default-src 'none'" in page
    assert "@import" not in page
    assert "url(http" not in page


def test_ids_are_unique_and_links_within_the_page_lead_somewhere(reader: Reader) -> None:
    assert len(reader.ids) == len(set(reader.ids))
    assert {a[1:] for a in reader.addresses if a.startswith("#") and len(a) > 1} <= set(reader.ids)


def test_figures_and_regions_have_texts(reader: Reader) -> None:
    assert reader.unnamed == []


def test_page_is_below_five_megabytes(report: Report) -> None:
    assert (report[0] / "index.html").stat().st_size < 5_000_000


def test_plotly_is_embedded_once(page: str) -> None:
    assert page.count("plotly.js (basic - minified)") == 1


def test_tokens_cannot_become_markup(page: str) -> None:
    assert "&lt;script&gt; 0.50" in page
    assert page.count("<script>") == 2  # Plotly, and our own


def test_the_page_says_what_it_must(page: str) -> None:
    text = re.sub(r"<[^>]+>", " ", page)
    for said in (
        "trans-tokenization is best",
        "95% interval",
        "What this does not show",
        "All text is from user interfaces",
        "Bold marks the best and all that are level with it",
        "Measured on: bits per byte: 40 test items, 235 predicted tokens",
        "no model: chance",
        "BSD-3-Clause",
        "Compute to match",
        "held-out P@1 is 0.020, below 0.05",
        "nearest source tokens",
        "Seeds: 1, 2, 3.",
        "Peak memory",
    ):
        assert said in text, said


def test_downloads_are_beside_the_page_too(report: Report) -> None:
    folder, content = report
    for table in content.tables:
        assert (folder / "tables" / f"{table.name}.csv").is_file()
    for figure in content.figures:
        assert (folder / "figures" / f"{figure.name}.svg").read_text().startswith("<?xml")
    markdown = (folder / "report.md").read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", markdown):
        assert (folder / link).is_file(), link


def test_the_same_results_give_the_same_bytes(report: Report, tmp_path: Path) -> None:
    folder, content = report
    build(content.config, folder.parent, tmp_path)
    for path in sorted(tmp_path.rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (folder / path.relative_to(tmp_path)).read_bytes()


def test_an_experiment_that_has_only_begun_still_gets_a_page(tmp_path: Path) -> None:
    config = configuration()
    (tmp_path / "results").mkdir()
    content = build(config, tmp_path / "results", tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "nothing to compare" in page
    assert f"{len(content.collection.gaps)} results are missing" in page


def test_missing_runs_are_gaps_with_a_reason(tmp_path: Path) -> None:
    config = configuration({"swahili": ["swh_Latn"]}, ("random", "wechsel"))
    results = write_results(config, tmp_path)
    for path in results.glob("evaluation/swahili/wechsel/*/pretrained/*"):
        path.unlink()
    (results / "models/swahili/wechsel/seed-1/pretrained/manifest.json").unlink()
    build(config, results, tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "pretraining has not finished (it failed, diverged or was stopped)" in page
    assert "2 results are missing" in page
    markdown = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    row = next(line for line in markdown.splitlines() if line.startswith("| wechsel |"))
    assert row.endswith("| – | – | – |")


def test_files_of_an_earlier_report_do_not_stay(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    stale = tmp_path / "tables" / "headline-gone.csv"
    stale.parent.mkdir()
    stale.write_text("old")
    (tmp_path / "tables" / "notes.txt").write_text("a person's own")
    build(configuration(), tmp_path / "results", tmp_path)
    assert not stale.exists()
    assert (tmp_path / "tables" / "notes.txt").exists()
