"""The page: one HTML file that contains all it needs and makes no request."""

import base64
import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import jinja2

from lingraft.reporting.figures.figure import Figure
from lingraft.reporting.figures.interactive import to_plotly
from lingraft.reporting.figures.static import for_page, to_svg
from lingraft.reporting.findings.finding import ALL, Finding
from lingraft.reporting.findings.wording import measure_name, number, step_title
from lingraft.reporting.tables.table import ABSENT, EMPTY, MARKS, Table, display, gap, to_csv
from lingraft.reporting.writing.content import Content, Section
from lingraft.stages.trainings import (
    TrainingId,
    encoders,
    language_model_steps,
    seed_counts,
    trainings,
)

_ASSETS = files("lingraft.reporting.writing") / "assets"
_MOST_ROWS = 400  # of a table on the page; longer tables are only in their CSV
_MOST_FIGURES = 16  # on the page; the others are files
_EMBEDDED_BYTES = 100_000  # of one download inside the page; larger ones are files beside it
_SEARCHABLE_ROWS = 15


@dataclass(frozen=True)
class Link:
    """A download: inside the page as a data address, or a file beside the page."""

    label: str
    file: str
    href: str


def render_page(content: Content, drawings: dict[str, str]) -> str:
    """The page as HTML; `drawings` are the figures' static SVGs by name."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(_read("page.html.j2"))
    sections = [_section(section, content, drawings) for section in content.sections]
    has_plots = any(item.get("spec") for section in sections for item in section["blocks"])
    return template.render(
        title=content.config.experiment,
        lead=_lead(content),
        facts=_facts(content),
        sections=sections,
        baseline=content.config.report.baseline,
        footer="Made by lingraft. This file is complete: it opens without a network.",
        has_plots=has_plots,
        plotly=_read("plotly-basic.min.js") if has_plots else "",
        css=_read("style.css"),
        script=_read("page.js"),
        absent=ABSENT,
        empty=EMPTY,
        marks=MARKS,
        all_languages=ALL,
        display=display,
        number=number,
        exact=repr,
        explain=_explain,
    )


def _lead(content: Content) -> str:
    config = content.config
    if not config.runs:
        return "Alignments and word vectors, measured by themselves: no model was made."
    names = list(dict.fromkeys(n for run in config.runs.values() for n in run.initializations))
    models = ", ".join(dict.fromkeys(run.model for run in config.runs.values()))
    said = f"Source: {models}. Runs: {', '.join(config.runs)}. Initializations: {', '.join(names)}"
    is_compared = config.report.baseline in names and len(names) > 1
    return f"{said}{f', compared with {config.report.baseline}' if is_compared else ''}."


def _facts(content: Content) -> list[tuple[str, str]]:
    runs = content.config.runs
    missing = ("missing", f"{len(content.collection.gaps):,}")
    if not runs:
        found = content.collection
        aligned = {name for name, _ in found.alignment_results}
        vectors = {name for name, _ in found.vector_results}
        return [
            ("alignments", f"{len(aligned):,}"),
            ("vectors", f"{len(vectors):,}"),
            missing,
        ]
    planned = trainings(content.config)
    done = sum(_is_done(content, training) for training in planned)
    trained = f"{done:,}" if done == len(planned) else f"{done:,} of {len(planned):,}"
    return [
        ("runs" if len(runs) > 1 else "run", str(len(runs))),
        ("trainings", trained),
        *_encoders(content),
        ("seeds each" if _seeds(content) != "1" else "seed each", _seeds(content)),
        ("numbers compared", f"{len(content.findings):,}"),
        missing,
    ]


def _encoders(content: Content) -> list[tuple[str, str]]:
    """How many sentence encoders were made; nothing if none was asked for."""
    planned = sum(len(encoders(content.config, t)) for t in trainings(content.config))
    done = len(content.collection.tunings)
    made = f"{done:,}" if done == planned else f"{done:,} of {planned:,}"
    return [("sentence encoders", made)] if planned else []


def _is_done(content: Content, training: TrainingId) -> bool:
    """Whether the last model of a training was made."""
    last = language_model_steps(content.config, training)[-1]
    found = content.collection
    return training in (found.curves if last == "pretrained" else found.initializations)


def _seeds(content: Content) -> str:
    counts = sorted(seed_counts(content.config))
    return "–".join(map(str, dict.fromkeys([counts[0], counts[-1]]))) if counts else "0"


def _section(section: Section, content: Content, drawings: dict[str, str]) -> dict[str, Any]:
    figures = [part for part in section.parts if isinstance(part, Figure)]
    left_out = figures[_MOST_FIGURES:]
    blocks = [
        _table(part)
        if isinstance(part, Table)
        else _figure(part, content.hours, drawings[part.name])
        for part in section.parts
        if part not in left_out
    ]
    warnings = list(section.warnings)
    if left_out:
        warnings.append(
            f"{len(left_out)} more figures are in the folder figures/ beside this page."
        )
    cards = [
        {
            "title": f"{c.criterion.run} · {c.criterion.language}",
            "winner": c.title,
            "score": f"{measure_name(c.criterion)}, {step_title(c.criterion.step)}",
            "sentences": c.said,
        }
        for c in section.conclusions
    ]
    has_marks = any(
        column.kind == "finding"
        for part in section.parts
        if isinstance(part, Table)
        for column in part.columns
    )
    return {**vars(section), "blocks": blocks, "cards": cards, "warnings": warnings} | {
        "has_marks": has_marks
    }


def _figure(figure: Figure, hours: str, drawing: str) -> dict[str, Any]:
    spec = to_plotly(figure, hours)
    return {
        "table": None,
        "figure": figure,
        "id": f"figure-{figure.name}",
        "svg": for_page(drawing, figure),
        "spec": _json(spec),
        "choices": list(spec["axes"]),
        "links": [_link("Download SVG", f"figures/{figure.name}.svg", "image/svg+xml", drawing)],
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "table": table,
        "id": f"table-{table.name}",
        "shown": bool(table.rows) and len(table.rows) <= _MOST_ROWS,
        "searchable": len(table.rows) >= _SEARCHABLE_ROWS,
        "links": [_link("Download CSV", f"tables/{table.name}.csv", "text/csv", to_csv(table))],
    }


def _link(label: str, path: str, kind: str, text: str) -> Link:
    content = text.encode()
    name = path.rpartition("/")[2]
    if len(content) > _EMBEDDED_BYTES:
        return Link(f"{label} (beside this page)", name, path)
    encoded = base64.b64encode(content).decode()
    return Link(label, name, f"data:{kind};charset=utf-8;base64,{encoded}")


def _explain(finding: Finding) -> str:
    """The tooltip of a cell: evidence, interval, p-values and number of items."""
    parts = [finding.evidence] if finding.evidence else []
    if finding.difference is not None:
        parts.append(f"difference {gap(finding)}")
    if finding.p_value is not None:
        parts.append(f"p = {finding.p_value:.3g}")
    if finding.p_corrected is not None and finding.p_corrected != finding.p_value:
        parts.append(f"corrected p = {finding.p_corrected:.3g}")
    if finding.detectable is not None:
        parts.append(f"smallest detectable difference {number(finding.detectable)}")
    parts.append(f"{finding.items} test items" if finding.criterion.language != ALL else "")
    return "; ".join(part for part in [*parts, finding.verdict] if part)


def _json(content: Any) -> str:
    """JSON that is safe inside a script element."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # `</script>` in a name would end the script element.
    return text.replace("<", "\\u003c")


def _read(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def draw(content: Content) -> dict[str, str]:
    """Static SVG of every figure, by name."""
    return {figure.name: to_svg(figure) for figure in content.figures}
