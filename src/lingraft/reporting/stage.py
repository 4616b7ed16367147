"""The stage of the report: `build`, from a results folder to the report folder."""

from pathlib import Path

from lingraft.artifacts import atomic_path
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.tables.table import to_latex, write_csv
from lingraft.reporting.writing.content import Content
from lingraft.reporting.writing.markdown import render_markdown
from lingraft.reporting.writing.model_card import model_card
from lingraft.reporting.writing.page import draw, render_page
from lingraft.reporting.writing.sections import compose
from lingraft.reporting.writing.summary import summary_lines

SUMMARY = "summary.txt"


def build(config: Config, results: Path, output: Path) -> Content:
    """Write tables, figures, model cards, report.md, summary.txt and, last, index.html.

    Files of an earlier report that this one does not have are removed; others are replaced
    atomically.

    Args:
        config: the experiment.
        results: folder of its results.
        output: folder of the report.

    Raises:
        InputError: the results folder does not exist.
    """
    collected = collect(config, results)
    content = compose(config, collected)
    drawings = draw(content)
    written = [write_csv(table, output / "tables") for table in content.tables]
    for table in content.tables:
        if any(column.kind == "finding" for column in table.columns):
            written.append(_write(output / "tables" / f"{table.name}.tex", to_latex(table)))
    for name, drawing in drawings.items():
        written.append(_write(output / "figures" / f"{name}.svg", drawing))
    made = [(training, None) for training in collected.initializations]
    for training, encoder in [*made, *collected.tunings]:
        card = model_card(content, training, encoder)
        written.append(_write(output / "model_cards" / f"{training.card(encoder)}.md", str(card)))
    _write(output / "report.md", render_markdown(content))
    _write(output / SUMMARY, "\n".join(summary_lines(content)) + "\n")
    _write(output / "index.html", render_page(content, drawings))
    _remove_others(output, written)
    return content


def _write(path: Path, text: str) -> Path:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def _remove_others(output: Path, written: list[Path]) -> None:
    for folder in ("tables", "figures", "model_cards"):
        for path in sorted((output / folder).glob("*")):
            if path not in written and path.suffix in (".csv", ".tex", ".svg", ".md"):
                path.unlink()
