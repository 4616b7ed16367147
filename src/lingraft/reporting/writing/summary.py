"""The outcome in a few lines for the terminal, and where the page is."""

from collections.abc import Sequence
from pathlib import Path

from lingraft.experiment.configuration import Config
from lingraft.program import show
from lingraft.reporting.findings.finding import ALL, Finding, Question
from lingraft.reporting.findings.wording import number, short_step, span
from lingraft.reporting.tables.results import label, questions
from lingraft.reporting.tables.table import ABSENT, MARKS
from lingraft.reporting.writing.conclusions import overall
from lingraft.reporting.writing.content import Content
from lingraft.reporting.writing.studies import study_lines
from lingraft.stages.trainings import initializations_with

_MOST_BLOCKS = 12  # of (run, language); beyond, only means over languages


def print_content(content: Content, page: Path) -> None:
    """Print the summary of a report and the path of its page."""
    show("\n".join([*summary_lines(content), f"Report: {page}"]))


def summary_lines(content: Content) -> list[str]:
    """Aligned tables for each run and language, then one sentence for each."""
    lines = [*content.made_up, *study_lines(content.studies)]
    blocks = _blocks(content)
    for run, language, findings in blocks:
        lines += ["", f"{run} ({language})", *_table(content.config, run, findings)]
    if blocks:
        lines += ["", f"▲ better than {content.config.report.baseline}, ▼ worse, ○ may be chance,"]
        lines += [f"◐ not confirmed by the corrected test, ? no interval, {ABSENT} missing"]
    if any(_is_alone(finding) for _, _, own in blocks for finding in own):
        lines += [f"no mark: {content.config.report.baseline} itself, or no score of it beside"]
    lines += ["", *_words(content)]
    lines += overall(content.conclusions)
    for conclusion in content.conclusions:
        if conclusion.criterion.run in content.studied_runs:
            continue  # one line for each of many languages would be long
        said = (conclusion.sentences[0], *conclusion.lost, *conclusion.tuned)
        lines += [f"{conclusion.criterion.run}: {sentence}" for sentence in said]
    if content.missing:
        lines.append(f"{content.missing}; the page says which and why.")
    return [*lines, ""]


def _words(content: Content) -> list[str]:
    """What an experiment without models measured, in a line for alignments and one for vectors."""
    if content.config.runs:
        return []
    found, lines = content.collection, []
    precisions = [
        value
        for metrics in found.alignments.values()
        if (value := metrics.get("precision", {}).get("csls", {}).get("p_at_1_covered")) is not None
    ]
    if precisions:
        lines.append(
            f"{_counted(len(precisions), 'alignment')}: P@1 (covered words, CSLS) of "
            f"{span(number(min(precisions)), number(max(precisions)))}."
        )
    tasks = dict.fromkeys(task for _, task in found.vector_results)
    if tasks:
        names = {name for name, _ in found.vector_results}
        said = _counted(len(names), "set")
        lines.append(f"{said} of word vectors, measured by {', '.join(tasks)}.")
    return [*lines, "The page has their tables.", ""] if lines else []


def _counted(number_of: int, what: str) -> str:
    return f"{number_of:,} {what}" if number_of == 1 else f"{number_of:,} {what}s"


def _blocks(content: Content) -> list[tuple[str, str, list[Finding]]]:
    """Run, language and findings of each table; runs of a study have lines of their own."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in content.findings:
        is_shown = finding.criterion.run not in content.studied_runs
        if is_shown and finding.criterion.metric in content.config.report.headline:
            found.setdefault((finding.criterion.run, finding.criterion.language), []).append(
                finding
            )
    if len(found) > _MOST_BLOCKS:
        found = {key: own for key, own in found.items() if key[1] == ALL}
    return [(*key, own) for key, own in list(found.items())[:_MOST_BLOCKS]]


def _table(config: Config, run: str, findings: Sequence[Finding]) -> list[str]:
    asked = questions(config, findings)
    answers = {(f.initialization, Question.of(f.criterion)): f for f in findings}
    steps = [question.step for question in asked]
    having = {step: initializations_with(config, run, step) for step in steps}
    names = {s: f"{'' if s in config.encoders else 'at '}{short_step(s)}:" for s in steps}
    groups = ["", *(names[s] if i == steps.index(s) else "" for i, s in enumerate(steps))]
    heads = ["", *(_short(label(question, asked)) for question in asked)]
    rows = [
        [
            name,
            *(
                _cell(answers.get((name, question))) if name in having[question.step] else ""
                for question in asked
            ),
        ]
        for name in config.runs[run].initializations
    ]
    widths = [max(len(row[i]) for row in [groups, heads, *rows]) for i in range(len(heads))]
    return ["  ".join(_pad(row, widths)).rstrip() for row in [groups, heads, *rows]]


def _short(name: str) -> str:
    return name.replace("bits per byte", "bits/byte").replace("accuracy@", "acc@")


def _pad(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *rest = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]


def _cell(finding: Finding | None) -> str:
    if finding is None or finding.mean is None:
        return f"{ABSENT}  "
    mark = " " if _is_alone(finding) else MARKS.get(finding.verdict, " ")
    return f"{number(finding.mean)} {mark}"


def _is_alone(finding: Finding) -> bool:
    """Whether there is a score, and none of the baseline to compare it with."""
    is_compared = finding.difference is not None or finding.verdict == "baseline"
    return finding.mean is not None and not is_compared
