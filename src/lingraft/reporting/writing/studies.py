"""The section for a study over many languages, and its lines for the terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lingraft.experiment.configuration import Config
from lingraft.reporting.figures.figure import Figure
from lingraft.reporting.figures.studies import study_figures
from lingraft.reporting.findings.across_languages import StudyAnswer, tally
from lingraft.reporting.findings.contrasts import Contrast
from lingraft.reporting.findings.finding import Finding
from lingraft.reporting.findings.studies import Study
from lingraft.reporting.findings.wording import measure_name, number, short_step, span
from lingraft.reporting.tables.results import label
from lingraft.reporting.tables.studies import (
    best_other_table,
    best_others_table,
    contrast_measure,
    counts_text,
    group_means_table,
    group_table,
    language_tables,
    means_table,
    rivalry_table,
)
from lingraft.reporting.tables.table import ABSENT, MARKS, Table, display
from lingraft.reporting.writing.content import Section

Found = Sequence[tuple[Study, Sequence[StudyAnswer]]]


def study_section(config: Config, found: Found) -> Section:
    """Tables and figures of every study, in the order in which they are read.

    Args:
        config: the experiment.
        found: the studies, each with what it shows.
    """
    answered = [(study, answers) for study, answers in found if answers]
    parts: list[Table | Figure] = []
    for study, answers in answered:
        parts += [means_table(study, answers), rivalry_table(study, answers)]
        parts += [*study_figures(config, study, answers), best_other_table(study, answers)]
        parts += language_tables(config, study, answers)
        parts += [group_means_table(study, answers), group_table(study, answers)]
        parts.append(best_others_table(study, answers))
    return Section(
        "languages",
        "Across languages",
        "Across languages",
        [*(_about(*each) for each in found), *(_HOW_TO_READ if answered else ())],
        bullets=[_outcome(answer) for _, answers in answered for answer in answers],
        parts=parts,
    )


def deciding_sentences(found: Found) -> list[str]:
    """The outcome of every study by the metric that decides, a sentence or two for each step."""
    return [
        _outcome(answer)
        for _, answers in found
        for answer in answers
        if replace(answer.question, step="") == replace(answers[0].question, step="")
    ]


def study_lines(found: Found) -> Iterator[str]:
    """A line for each method: its means, and how often it beats the best other method."""
    for study, answers in found:
        for step in dict.fromkeys(answer.question.step for answer in answers):
            own = [answer for answer in answers if answer.question.step == step]
            yield from ("", f"Mean over {_count(own)} languages, {short_step(step)}")
            yield from _aligned(study, own)
    if any(answers for _, answers in found):
        yield "(languages where it is better / level / worse than the best other method)"


_HOW_TO_READ = (
    "A mean counts each language once, whatever its amount of text. Its interval is over "
    "languages, which are resampled as wholes: their differences already vary with the test "
    "examples, so the examples are not resampled again (Davison and Hinkley 1997, section 3.8). "
    "The method with the best mean is chosen by the scores that are then compared, which favors "
    "it.",
    "Better and worse are beyond noise: a test over languages says so for a mean, and a paired "
    "test over test examples for a single language, both corrected (Holm). With one seed, "
    "differences below 1% of the score of a language (or one point of a share) are level.",
)


def _about(study: Study, answers: Sequence[StudyAnswer]) -> str:
    known = [each.text_bytes for each in study.languages if each.text_bytes is not None]
    text = ""
    if known:
        ends = (display("bytes", size) for size in (min(known), max(known)))
        text = f"; their training text has {' to '.join(ends)}"
    return (
        f"{study.model} learns {len(study.languages)} languages{_recipes(study)}{text}. "
        f"{len(study.methods)} methods are compared.{_untrained(study)}"
        + ("" if answers else " Fewer than three languages have the scores of all of them so far.")
    )


def _recipes(study: Study) -> str:
    """The recipes, each with its methods if there are several."""
    by_recipe: dict[str, list[str]] = {}
    for name, recipe in study.recipes.items():
        if recipe is not None:
            by_recipe.setdefault(recipe, []).append(name)
    if len(by_recipe) < 2:
        return "".join(f" with the recipe {recipe}" for recipe in by_recipe)
    named = (f"{recipe} ({', '.join(names)})" for recipe, names in by_recipe.items())
    return f" with the recipes {' and '.join(named)}"


def _untrained(study: Study) -> str:
    """The methods that end at step 0, if others do not."""
    ended = [name for name, recipe in study.recipes.items() if recipe is None]
    if not 0 < len(ended) < len(study.methods):
        return ""
    return f" {', '.join(ended)} {'is' if len(ended) == 1 else 'are'} not trained."


def _outcome(answer: StudyAnswer) -> str:
    question, leading = answer.question, answer.leading
    mean = number(answer.means[leading].mean or 0.0)
    rest = [r.mean for r in answer.rivalries if r.mean.outcome != "better"]
    over = f"{len(answer.common)} languages"
    said = f"{measure_name(question)}, {short_step(question.step)}: {leading} has the best mean "
    said += f"over {over}, {mean}"
    if rest:
        ahead = len(answer.rivalries) - len(rest)
        said += f". In the mean it is better than {ahead} of {len(answer.rivalries)} others"
        said += f", but not shown to be better than {_differences(rest)}"
    else:
        nearest = answer.rivalries[0].mean
        said += ". In the mean it is better than every other method; nearest is "
        said += _differences([nearest])
    return f"{said}. {_against_best(answer)}"


def _differences(contrasts: Sequence[Contrast]) -> str:
    """`trans-tokenization (−0.01 [−0.02, +0.00]), mean (...)`."""
    return ", ".join(f"{c.other} ({contrast_measure(c).text})" for c in contrasts)


def _against_best(answer: StudyAnswer) -> str:
    contrasts = answer.best_others[answer.leading]
    counts = tally(contrasts)
    worse = [f"{c.over} ({c.other})" for c in contrasts if c.outcome == "worse"]
    where = f": {', '.join(worse)}" if worse else ""
    return (
        f"Against the best other method of each language it is better in {counts['better']}, "
        f"level in {counts['level']} and worse in {counts['worse']} of {len(contrasts)} "
        f"languages{where}."
    )


def _count(answers: Sequence[StudyAnswer]) -> str:
    """Of how many languages the means are."""
    counts = sorted({len(answer.common) for answer in answers})
    return span(str(counts[0]), str(counts[-1]))


def _aligned(study: Study, answers: Sequence[StudyAnswer]) -> Iterator[str]:
    asked = [answer.question for answer in answers]
    columns = [["", *study.methods]]
    for answer in answers:
        found = [name for name in study.methods if name in answer.means]
        counts = {n: counts_text(answer.best_others[n]).replace(" / ", "/") for n in found}
        width = max(map(len, counts.values()))
        cells = [
            f"{_mean(answer.means[name])} {counts[name]:>{width}}" if name in found else gap
            for name in study.methods
            for gap in [ABSENT if name in study.at(answer.question.step) else ""]
        ]
        columns.append([label(answer.question, asked), *cells])
    widths = [max(map(len, column)) for column in columns]
    for first, *rest in zip(*columns, strict=True):
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        yield "  ".join([first.ljust(widths[0]), *cells]).rstrip()


def _mean(finding: Finding) -> str:
    return f"{number(finding.mean or 0.0)} {MARKS.get(finding.verdict, ' ')}"
