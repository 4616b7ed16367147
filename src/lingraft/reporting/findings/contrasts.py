"""One method minus another: in single languages, in the mean over languages, and the best other.

Languages are the units of a mean: each counts once, whatever the amount of its text. Its interval
comes from resampling languages, and not the test examples within them as well: the differences that
are resampled already vary with the examples, so a second level would count this variation twice
(Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 3.8; Field and Welsh
2007, "Bootstrapping clustered data").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lingraft.config.report import Report
from lingraft.evaluation.outcome import Direction
from lingraft.reporting.findings.cells import Tested
from lingraft.reporting.findings.finding import Finding
from lingraft.reporting.findings.language_means import RESAMPLES
from lingraft.reporting.findings.leading import Leaders, is_small
from lingraft.reporting.findings.studies import FEWEST_LANGUAGES
from lingraft.reporting.statistics import holm, mean_interval, mean_test

Outcome = Literal["better", "level", "worse", "untested"]


@dataclass(frozen=True)
class Contrast:
    """One method minus another.

    Attributes:
        over: the run of the language, or the name of the group of languages.
        other: the method that is subtracted.
        languages: how many.
        low, high: None without an interval: too few languages, or no predictions.
        outcome: for the method, in the direction of the metric; "level" if the difference may be
            noise, "untested" without an interval.
    """

    over: str
    other: str
    languages: int
    difference: float
    low: float | None = None
    high: float | None = None
    outcome: Outcome = "untested"


def in_languages(
    pairs: Mapping[str, tuple[Finding, Finding]], tests: Mapping[str, Tested], report: Report
) -> list[Contrast]:
    """The first minus the second in each language; p is corrected over the languages (Holm).

    Args:
        pairs: run of a language -> the findings of the two methods.
        tests: run -> the first minus the second, where they could be compared.
        report: the confidence.
    """
    corrected = dict(zip(tests, holm([test.p_value for test in tests.values()]), strict=True))
    found = []
    for run, (first, second) in pairs.items():
        other = second.initialization
        if run not in tests:
            difference = (first.mean or 0.0) - (second.mean or 0.0)
            found.append(Contrast(run, other, 1, difference))
            continue
        may_turn = is_small(first, second, tests[run])
        is_sure = corrected[run] <= 1 - report.confidence and not may_turn
        found.append(_contrast(run, other, 1, tests[run], first.criterion.better, is_sure))
    return found


def over_languages(
    group: str, differences: Mapping[str, Sequence[float]], better: Direction, report: Report
) -> dict[str, Contrast]:
    """The mean difference from each other method; p is corrected over the methods (Holm).

    Args:
        group: name of the group of languages.
        differences: other method -> one difference for each language, in any order.
        better: the direction of the metric.
        report: confidence and resamples.

    Returns:
        A contrast by other method, without those that share no language; fewer than three
        languages give no interval.
    """
    found: dict[str, Contrast] = {}
    tests: dict[str, Tested] = {}
    for other, unordered in differences.items():
        values = sorted(unordered)  # the draws of the bootstrap then depend on no order
        count = len(values)
        if count:
            found[other] = Contrast(group, other, count, sum(values) / count)
        interval = mean_interval(values, report.confidence, min(report.resamples, RESAMPLES))
        if interval is not None and count >= FEWEST_LANGUAGES:
            bounds = interval.estimate, interval.low, interval.high
            tests[other] = Tested(*bounds, mean_test(values), f"{count} languages")
    for other, p in zip(tests, holm([test.p_value for test in tests.values()]), strict=True):
        is_sure = p <= 1 - report.confidence
        count = found[other].languages
        found[other] = _contrast(group, other, count, tests[other], better, is_sure)
    return found


def against_best_other(run: str, name: str, leaders: Leaders) -> Contrast | None:
    """A method minus the best other one of a language; None if it was not measured.

    The best of several is chosen by the scores that are then compared, so its luck counts against
    `name`: a strict test. "Level" and "worse" are those of the marks in bold: level with the best
    of the language or not.

    Args:
        run: the run of the language.
        name: the method.
        leaders: who leads in this language.
    """
    ranked = {f.initialization: f for f in leaders.ranked}
    if name not in ranked or len(ranked) < 2:
        return None
    best, second = list(ranked)[:2]
    other = second if name == best else best
    difference = (ranked[name].mean or 0.0) - (ranked[other].mean or 0.0)
    # The tests are of the best minus each other one.
    test = (leaders.tests or {}).get(second if name == best else name)
    if test is None or not leaders.level:
        return Contrast(run, other, 1, difference)
    outcome: Outcome = "level" if name in leaders.level else "worse"
    if name == best:
        outcome = "better" if len(leaders.level) == 1 else "level"
        return Contrast(run, other, 1, test.difference, test.low, test.high, outcome)
    return Contrast(run, other, 1, -test.difference, -test.high, -test.low, outcome)


def _contrast(
    over: str, other: str, languages: int, test: Tested, better: Direction, is_sure: bool
) -> Contrast:
    outcome: Outcome = "level"
    if is_sure and test.excludes_zero:
        outcome = "better" if (test.low > 0) == (better == "up") else "worse"
    return Contrast(over, other, languages, test.difference, test.low, test.high, outcome)
