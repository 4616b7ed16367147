from pathlib import Path

import pytest
from synthetic import configuration, write_results

from lingraft.experiment.configuration import Config
from lingraft.experiment.scale import MADE_UP
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.writing.content import Content
from lingraft.reporting.writing.sections import compose
from lingraft.reporting.writing.summary import print_content, summary_lines


def test_summary_is_short_aligned_and_names_the_page(
    config: Config, report: tuple[Path, Content], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, content = report
    print_content(content, folder / "index.html")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"Report: {folder}/index.html"
    assert max(map(len, lines[:20])) <= 100
    table = lines[lines.index("chinese (zho_Hans)") + 2 :][:7]
    assert [row.split()[0] for row in table[1:]] == list(config.runs["chinese"].initializations)
    marks = {row.index("▲") for row in table[1:] if "▲" in row}
    assert len(marks) <= 2
    assert any(line.startswith("swahili: trans-tokenization is best: ") for line in lines)


def test_summary_counts_what_is_missing(tmp_path: Path) -> None:
    config = configuration({"swahili": ["swh_Latn"]}, ("random", "wechsel"))
    results = write_results(config, tmp_path)
    (results / "evaluation/swahili/wechsel/seed-1/pretrained/retrieval.json").unlink()
    lines = summary_lines(compose(config, collect(config, results)))
    assert "1 result is missing; the page says which and why." in lines


def test_an_experiment_in_small_says_first_that_it_is_made_up(tmp_path: Path) -> None:
    """Its methods are compared like any others, and one of them is best."""
    config = configuration({"swahili": ["swh_Latn"]}, ("random", "wechsel"))
    report = config.report.model_copy(update={"limitations": (MADE_UP,)})
    small = config.model_copy(update={"report": report})
    content = compose(small, collect(small, write_results(small, tmp_path)))
    assert summary_lines(content)[0] == MADE_UP
    assert MADE_UP in content.sections[0].warnings
