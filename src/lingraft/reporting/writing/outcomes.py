"""Who leads by one criterion, as a sentence."""

from collections.abc import Sequence
from itertools import takewhile

from lingraft.experiment.configuration import Config
from lingraft.reporting.findings.comparing import without_baseline
from lingraft.reporting.findings.finding import Criterion, Finding
from lingraft.reporting.findings.leading import Leaders
from lingraft.reporting.findings.wording import listed, measure_in_text, number, span, step_phrase


def outcome(config: Config, criterion: Criterion, leaders: Leaders) -> str:
    """Who leads by one criterion, with the difference from the baseline.

    Args:
        config: the experiment.
        criterion: by what they are compared.
        leaders: who leads.
    """
    return f"{_ranking(config, criterion, leaders)}{_recipes(config, criterion, leaders)}"


def _recipes(config: Config, criterion: Criterion, leaders: Leaders) -> str:
    """That what is compared was not trained alike; empty where it was, or at step 0."""
    known = config.runs[criterion.run].recipes
    names = [finding.initialization for finding in leaders.ranked]
    recipes = list(dict.fromkeys(recipe for name in names if (recipe := known.get(name))))
    if criterion.step == "initialized" or len(recipes) < 2:
        return ""
    return f" They were trained with different recipes ({', '.join(recipes)}): see the limits."


def _ranking(config: Config, criterion: Criterion, leaders: Leaders) -> str:
    measure = f"{measure_in_text(criterion)} {step_phrase(criterion.step)}"
    if not leaders.level:
        means = ", ".join(f"{f.initialization} {number(f.mean or 0.0)}" for f in leaders.ranked)
        return f"No initialization is named best by {measure} ({means}): {leaders.reason}."
    at_top = [f for f in leaders.ranked if f.initialization in leaders.level]
    if not leaders.is_decided:
        return (
            f"No difference between the {len(at_top)} initializations is shown: {_range(at_top)} "
            f"{measure}."
        )
    base = next((f for f in leaders.ranked if f.initialization == config.report.baseline), None)
    head = f"{_top(leaders, at_top)} {measure}"
    if base is None:
        return f"{head}; {without_baseline(config, criterion)}."
    if base in at_top:
        said = f"{head[0].lower()}{head[1:]}"
        return f"No initialization is shown to beat {base.initialization}: {said}."
    best = leaders.ranked[0]
    said = f"{_relative(best.mean, base.mean)}{difference(best, config.report.confidence)}"
    return (
        f"{head}; {base.initialization} has {number(base.mean or 0.0)} "
        f"({best.initialization}: {said})."
    )


def _top(leaders: Leaders, at_top: Sequence[Finding]) -> str:
    """The leaders and their scores.

    A mean of few, scattered numbers may be lower than a mean that is shown to be worse than the
    best. Such an initialization is level only because it is uncertain, and is named separately.
    """
    sure = list(takewhile(lambda f: f in at_top, leaders.ranked))
    unsure = at_top[len(sure) :]
    names = listed([f.initialization for f in sure])
    verb = "are level at the top" if len(sure) > 1 else "is best"
    if not unsure:
        return f"{names} {verb}: {_range(sure)}"
    others = listed([f.initialization for f in unsure])
    verb = verb if len(sure) > 1 else "is at the top"
    are = "are" if len(unsure) > 1 else "is"
    said = f"{others} at {_range(unsure)} {are} not shown to be behind"
    return f"{names} {verb} ({said}): {_range(sure)}"


def _range(findings: Sequence[Finding]) -> str:
    return span(number(findings[0].mean or 0.0), number(findings[-1].mean or 0.0))


def _relative(mean: float | None, base: float | None) -> str:
    """`13% less, `; nothing if a ratio would mislead because the baseline is near zero."""
    if not mean or not base or abs(mean / base) > 2 or mean / base < 0:
        return ""
    word = "less" if mean < base else "more"
    return f"{abs(mean / base - 1):.0%} {word}, "


def difference(finding: Finding, confidence: float) -> str:
    """A difference with its interval and what the interval comes from.

    Args:
        finding: what was compared.
        confidence: of the interval.
    """
    if finding.difference is None:
        return "not compared: " + finding.evidence
    text = f"difference {number(finding.difference, True)}"
    if finding.low is None or finding.high is None:
        return f"{text}, {finding.evidence}"
    bounds = f"{number(finding.low, True)} to {number(finding.high, True)}"
    sure = f"{text}, {confidence:.0%} interval {bounds} over {finding.evidence}"
    return sure if finding.verdict in ("better", "worse") else f"{sure}; this may be chance"
