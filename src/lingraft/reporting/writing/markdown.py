"""report.md: the same sections for a repository or a paper's appendix."""

from collections.abc import Iterator

from lingraft.reporting.figures.figure import Figure
from lingraft.reporting.tables.escaping import markdown_block, markdown_line, markdown_text
from lingraft.reporting.tables.table import Table, to_markdown
from lingraft.reporting.writing.content import Content, Section

_MOST_ROWS = 60


def render_markdown(content: Content) -> str:
    """The report in GitHub's Markdown, with links to figures and to the CSV of long tables."""
    lines = [f"# {content.config.experiment}", ""]
    for section in content.sections:
        lines += _section(section)
    return "\n".join(lines).rstrip() + "\n"


def _section(section: Section) -> Iterator[str]:
    yield from (f"## {section.title}", "")
    for paragraph in section.paragraphs:
        yield from (markdown_line(paragraph), "")
    for warning in section.warnings:
        yield from (f"> **Warning:** {markdown_text(warning)}", "")
    for conclusion in section.conclusions:
        criterion = conclusion.criterion
        said = markdown_text(" ".join(conclusion.said))
        yield f"- **{criterion.run} ({criterion.language}):** {said}"
    for bullet in section.bullets:
        yield f"- {markdown_line(bullet)}"
    if section.conclusions or section.bullets:
        yield ""
    for part in section.parts:
        yield from _figure(part) if isinstance(part, Figure) else _table(part)
    for label, text in section.texts:
        yield from (f"### {label}", "", markdown_block(text, "yaml"), "")


def _figure(figure: Figure) -> Iterator[str]:
    yield from (f"![{markdown_text(figure.alternative)}](figures/{figure.name}.svg)", "")


def _table(table: Table) -> Iterator[str]:
    yield from (f"### {markdown_text(table.title)}", "")
    if table.note:
        yield from (markdown_line(table.note), "")
    for warning in table.warnings:
        yield from (f"> **Warning:** {markdown_text(warning)}", "")
    if 0 < len(table.rows) <= _MOST_ROWS:
        yield from (to_markdown(table), "")
    yield from (f"[{table.name}.csv](tables/{table.name}.csv)", "")
