"""The tables of a study: languages x methods, and the leading method against every other."""

from collections.abc import Collection, Sequence
from typing import Any

from lingraft.experiment.configuration import Config
from lingraft.reporting.findings.across_languages import StudyAnswer, tally
from lingraft.reporting.findings.comparing import chance_level
from lingraft.reporting.findings.contrasts import Contrast, Outcome
from lingraft.reporting.findings.curves import Match
from lingraft.reporting.findings.finding import ALL, Finding, Question
from lingraft.reporting.findings.studies import Study, StudyLanguage
from lingraft.reporting.findings.wording import (
    measure_name,
    number,
    short_step,
    slug,
    span,
    step_title,
)
from lingraft.reporting.tables.curves import budget_text
from lingraft.reporting.tables.results import label
from lingraft.reporting.tables.table import EMPTY, INITIALIZATION, STEP, Column, Measure, Table

OUTCOMES: tuple[Outcome, ...] = ("better", "level", "worse")
_THAN = {"better": "than", "worse": "than", "level": "with", "untested": "against"}
_METRIC = Column("metric", "Metric")
_LEADING = Column("leading", "Best mean")
_OTHER = Column("other", "Against")
_DIFFERENCE = Column("difference", "Mean difference", "measure")


def language_tables(config: Config, study: Study, answers: Sequence[StudyAnswer]) -> list[Table]:
    """Languages x methods, a table for each headline metric at each step.

    Args:
        config: the experiment.
        study: the languages and methods.
        answers: what it shows.
    """
    return [_languages(config, study, answer, answers) for answer in answers]


def means_table(study: Study, answers: Sequence[StudyAnswer]) -> Table:
    """The mean of every method, and how often it is better than the best other one."""
    asked = [answer.question for answer in answers]
    columns = [INITIALIZATION]
    rows: list[dict[str, Any]] = [{"initialization": name} for name in study.methods]
    for i, answer in enumerate(answers):
        group = _name(answer.question, asked)
        columns.append(Column(f"{i}", "Mean", "finding", group))
        hint = "languages: better than, level with, worse than the best other method"
        columns.append(Column(f"{i} counts", "b / l / w", "text", group, hint))
        for row in rows:
            name = row["initialization"]
            if name in answer.means:
                row |= {f"{i}": answer.means[name]}
                row |= {f"{i} counts": counts_text(answer.best_others[name])}
            elif name not in study.at(answer.question.step):
                row |= {f"{i}": EMPTY, f"{i} counts": ""}
    note = (
        f"{common_note(study, answers)} b / l / w: in how many languages a method is better than, "
        "level with and worse than the best other method of that language."
    )
    return Table(f"study-{study.name}-means", "Mean over languages", columns, rows, note)


def rivalry_table(study: Study, answers: Sequence[StudyAnswer]) -> Table:
    """The leading method against every other: the mean difference, and counts of languages."""
    columns = [_METRIC, STEP, _LEADING, _OTHER, _DIFFERENCE]
    columns.append(Column("outcome", "In the mean"))
    columns += [Column(name, f"{name} in", "integer", "Languages") for name in OUTCOMES]
    columns.append(Column("languages", "of", "integer", "Languages"))
    rows = []
    for answer in answers:
        for rivalry in answer.rivalries:
            counts = tally(rivalry.by_language)
            row = {**_asked(answer), **_contrast(rivalry.mean)}
            rows.append(row | {name: counts[name] for name in OUTCOMES})
    note = (
        "Better, level and worse are those of the method with the best mean. A single language "
        "counts as better or worse if a paired test over its test examples says so (Holm over the "
        "languages). The interval of a mean is over languages."
    )
    title = "The method with the best mean against every other"
    return Table(f"study-{study.name}-against-others", title, columns, rows, note)


def group_means_table(study: Study, answers: Sequence[StudyAnswer]) -> Table:
    """The mean of every method by group of languages."""
    columns = [Column("group", "Group"), _METRIC, STEP, Column("languages", "Languages", "integer")]
    columns += [Column(name, name, "finding") for name in study.methods]
    rows = [
        {**_asked(answer), "group": group, "languages": next(iter(means.values())).items}
        | {name: EMPTY for name in study.methods if name not in study.at(answer.question.step)}
        | dict(means)
        for answer in answers
        for group, means in {ALL: answer.means, **answer.group_means}.items()
    ]
    note = (
        "Means over the languages of a group that all methods have. The interval of a difference "
        "is over languages; fewer than three have none. Bold is only for all languages: in a group "
        "the methods are not tested against the best."
    )
    title = "Mean of every method by group of languages"
    return Table(f"study-{study.name}-group-means", title, columns, rows, note, folded=True)


def group_table(study: Study, answers: Sequence[StudyAnswer]) -> Table:
    """The leading method against every other by group of languages."""
    columns = [_METRIC, STEP, _LEADING, _OTHER, Column("group", "Group")]
    columns += [Column("languages", "Languages", "integer"), _DIFFERENCE]
    columns.append(Column("outcome", "In the mean"))
    rows = [
        {**_asked(answer), **_contrast(contrast), "group": contrast.over}
        for answer in answers
        for rivalry in answer.rivalries
        for contrast in rivalry.by_group
    ]
    note = "Groups of fewer than three languages have a mean without an interval."
    title = "The method with the best mean against every other, by group of languages"
    return Table(f"study-{study.name}-groups", title, columns, rows, note, folded=True)


def best_other_table(study: Study, answers: Sequence[StudyAnswer]) -> Table:
    """The leading method minus the best other one of each language."""
    columns = [Column("language", "Language")]
    rows: dict[str, dict[str, Any]] = {run: {"language": run} for run in study.runs}
    asked = [answer.question for answer in answers]
    for i, answer in enumerate(answers):
        head = f"{answer.leading}: {_name(answer.question, asked)}"
        columns.append(Column(f"{i} outcome", "Outcome", "text", head))
        columns.append(Column(f"{i}", "Difference", "measure", head))
        for contrast in answer.best_others[answer.leading]:
            said = f"{contrast.outcome} {_THAN[contrast.outcome]} {contrast.other}"
            rows[contrast.over] |= {f"{i}": contrast_measure(contrast), f"{i} outcome": said}
    note = (
        "The best other method of a language is chosen by the scores that are then compared, so "
        "its luck counts against the leading one: this is a strict test."
    )
    title = "Never worse than the best other method?"
    return Table(f"study-{study.name}-best-other", title, columns, list(rows.values()), note)


def best_others_table(study: Study, answers: Sequence[StudyAnswer]) -> Table:
    """Every method minus the best other one of each language, one a row."""
    columns = [_METRIC, STEP, INITIALIZATION, Column("language", "Language")]
    columns += [_OTHER, Column("difference", "Difference", "measure")]
    columns.append(Column("outcome", "Outcome"))
    rows = [
        {**_asked(answer), **_contrast(contrast), "initialization": name}
        | {"language": contrast.over}
        for answer in answers
        for name, contrasts in answer.best_others.items()
        for contrast in contrasts
    ]
    title = "Every method against the best other one of each language"
    return Table(f"study-{study.name}-best-others", title, columns, rows, folded=True)


def steps_to_match_table(study: Study, baseline: str, found: Sequence[Match]) -> Table:
    """Languages x methods: the steps after which a method is as good as the baseline's end.

    Args:
        study: the languages and methods.
        baseline: the initialization whose end is matched.
        found: compute-to-match of all runs, on all axes.
    """
    others = [name for name in study.methods if name != baseline]
    rows: dict[str, dict[str, Any]] = {run: {"language": run} for run in study.runs}
    for match in found:
        catch_up = match.catch_up
        if match.run in rows and match.initialization in others and catch_up.axis == "steps":
            value = catch_up.budget if catch_up.reached else "not reached"
            text = "at once" if catch_up.budget == 0 else budget_text(catch_up)
            rows[match.run][match.initialization] = Measure(text, value)
    columns = [Column("language", "Language"), *(Column(n, n, "measure") for n in others)]
    note = f"Steps of training after which a method is as good as {baseline} at its end."
    known = [row for row in rows.values() if len(row) > 1]
    title = f"Steps to match {baseline} in each language"
    return Table(f"study-{study.name}-steps-to-match", title, columns, known, note)


def contrast_measure(contrast: Contrast) -> Measure:
    """A difference with its interval."""
    text = number(contrast.difference, signed=True)
    if contrast.low is not None and contrast.high is not None:
        text += f" [{number(contrast.low, True)}, {number(contrast.high, True)}]"
    return Measure(text, contrast.difference, contrast.low, contrast.high)


def counts_text(contrasts: Sequence[Contrast]) -> str:
    """`9 / 4 / 1`: better, level, worse; the languages without a test are said too."""
    counts = tally(contrasts)
    text = " / ".join(str(counts[name]) for name in OUTCOMES)
    return f"{text} ({counts['untested']} untested)" if counts["untested"] else text


def common_note(study: Study, answers: Sequence[StudyAnswer]) -> str:
    """A sentence that says which languages the means are over."""
    counts = sorted({len(answer.common) for answer in answers})
    said = span(str(counts[0]), str(counts[-1]))
    if counts == [len(study.languages)]:
        return f"Means are over all {said} languages; each counts once."
    return (
        f"Means are over the {said} of {len(study.languages)} languages in which every method was "
        "measured; each counts once."
    )


def _name(question: Question, asked: Sequence[Question]) -> str:
    """`bits per byte ↓, step 0`."""
    return f"{label(question, asked)}, {short_step(question.step)}"


def _asked(answer: StudyAnswer) -> dict[str, Any]:
    question = answer.question
    step, metric = short_step(question.step), label(question, [question])
    return {"step": step, "metric": metric, "leading": answer.leading}


def _contrast(contrast: Contrast) -> dict[str, Any]:
    return {
        "other": contrast.other,
        "difference": contrast_measure(contrast),
        "outcome": contrast.outcome,
        "languages": contrast.languages,
    }


def _languages(
    config: Config, study: Study, answer: StudyAnswer, answers: Sequence[StudyAnswer]
) -> Table:
    question = answer.question
    heads = [
        Column("language", "Language"),
        Column("script", "Script"),
        Column("text_bytes", "Bytes", "bytes", "Training text"),
        Column("documents", "Documents", "integer", "Training text"),
        Column("pairs", "Pairs", "integer", "Training text", "sentences with a translation"),
        Column("items", "Items", "integer", "Test", hint="test items"),
    ]
    rows = [
        _head(each) | _test(config, own.values()) | dict(own)
        for each in study.languages
        if (own := answer.by_language.get(each.run))
    ]
    if any(row["predicted"] for row in rows):
        heads.append(Column("predicted", "Tokens", "integer", "Test", "predicted tokens"))
    if any(row["chance"] is not None for row in rows):
        heads.append(Column("chance", "Chance", "number", "Test", "score of guessing"))
    methods = [Column(name, name, "finding") for name in study.at(question.step)]
    rows.append({"language": "mean"} | dict(answer.means))
    asked = [each.question for each in answers]
    measure = label(question, asked)
    name = slug(measure_name(question))
    return Table(
        f"study-{study.name}-{name}-{question.step}",
        f"{measure}, {step_title(question.step)}",
        [*heads, *methods],
        rows,
        f"The last row is the mean over the {len(answer.common)} languages that all methods have.",
    )


def _head(language: StudyLanguage) -> dict[str, Any]:
    sizes = {name: getattr(language, name) for name in ("text_bytes", "documents", "pairs")}
    return {"language": language.run, "script": language.script, **sizes}


def _test(config: Config, findings: Collection[Finding]) -> dict[str, Any]:
    """The size of the test set of a language, and what guessing scores on it."""
    largest = max(findings, key=lambda f: f.items)
    return {
        "items": largest.items,
        "predicted": max(f.predicted for f in findings) or None,
        "chance": chance_level(config, largest),
    }
