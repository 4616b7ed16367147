"""Which initializations lead by a criterion: the best, and all that no test shows to be worse.

Every initialization is compared with the best one on the same examples (or seeds, or languages of a
mean), and p is corrected over these comparisons (Holm). An initialization that is not shown to be
worse is level with the best. If one could not be compared, none is named.

The best has the best mean over all of its seeds, and a comparison is over those that both have. If
these have the opposite order, the two are level.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lingraft.experiment.configuration import Config
from lingraft.reporting.findings.cells import Cells, Tested
from lingraft.reporting.findings.finding import ALL, MARGIN, Criterion, Finding, is_mean
from lingraft.reporting.findings.language_means import RESAMPLES, languages_of
from lingraft.reporting.findings.wording import number
from lingraft.reporting.statistics import holm, mean_interval, mean_test
from lingraft.stages.trainings import initializations_with


@dataclass(frozen=True)
class Leaders:
    """Which initializations lead by one criterion.

    Attributes:
        ranked: all that were measured, the best first.
        level: names of the best and those level with it, best first; empty if none can be named.
        tests: the best minus each other one that could be compared.
        reason: why none is named.
        asked: how many initializations the configuration compares here.
    """

    ranked: Sequence[Finding]
    level: tuple[str, ...] = ()
    tests: Mapping[str, Tested] | None = None
    reason: str = ""
    asked: int = 0

    @property
    def is_decided(self) -> bool:
        """Whether at least one initialization is shown to be worse than the best."""
        return 0 < len(self.level) < len(self.ranked)

    @property
    def one_seed(self) -> bool:
        """Whether a comparison does not cover the variation between seeds, so that another seed
        may change the order."""
        if not self.tests:
            return bool(self.ranked) and min(f.seeds for f in self.ranked) < 2
        return not all(test.covers_seeds for test in self.tests.values())


class Standings:
    """The leaders by every criterion that is asked for, each computed once."""

    def __init__(self, config: Config, cells: Cells, findings: Sequence[Finding]) -> None:
        self._config, self.cells = config, cells
        self._by_criterion: dict[Criterion, list[Finding]] = {}
        for finding in findings:
            self._by_criterion.setdefault(finding.criterion, []).append(finding)
        self._known: dict[Criterion, Leaders] = {}

    @property
    def criteria(self) -> Sequence[Criterion]:
        """Every criterion, in the order of the findings."""
        return list(self._by_criterion)

    def of(self, criterion: Criterion) -> Leaders:
        """The leaders by one criterion."""
        if criterion not in self._known:
            self._known[criterion] = self._find(criterion)
        return self._known[criterion]

    def measured(self, criterion: Criterion, name: str) -> Finding | None:
        """The finding of one initialization, without comparing it; None if it has no score."""
        own = (f for f in self._by_criterion.get(criterion, ()) if f.initialization == name)
        return next((f for f in own if f.mean is not None), None)

    def all(self, criterion: Criterion) -> list[Finding]:
        """The findings by a criterion, with the leaders marked unless all are level."""
        leaders = self.of(criterion)
        at_top = set(leaders.level) if leaders.is_decided else set()
        return [replace(f, top=f.initialization in at_top) for f in self._by_criterion[criterion]]

    def _find(self, criterion: Criterion) -> Leaders:
        sign = 1 if criterion.better == "down" else -1
        known = [f for f in self._by_criterion[criterion] if f.mean is not None]
        ranked = sorted(known, key=lambda f: sign * (f.mean or 0.0))
        asked = len(initializations_with(self._config, criterion.run, criterion.step))
        if criterion.better == "none":
            return Leaders(ranked, reason="this metric has no better direction", asked=asked)
        if len(ranked) < 2:
            names = ", ".join(f.initialization for f in ranked) or "nothing"
            beside = f", of {asked} initializations" if asked > 1 else "; no other is asked for"
            reason = f"only {names} was measured{beside}"
            return Leaders(ranked, reason=reason, asked=asked)
        tests = self._tests(criterion, ranked)
        best, others = ranked[0], ranked[1:]
        apart = _apart(best, others, tests, self._config.report.confidence)
        unknown = [f.initialization for f in others if f.initialization not in apart]
        if unknown:
            reason = (
                f"{', '.join(unknown)} cannot be compared with {best.initialization}: {_NO_TEST}"
            )
            return Leaders(ranked, (), tests, reason, asked)
        level = (best.initialization, *(name for name, behind in apart.items() if not behind))
        return Leaders(ranked, level, tests, asked=asked)

    def _tests(self, criterion: Criterion, ranked: Sequence[Finding]) -> Mapping[str, Tested]:
        names = [f.initialization for f in ranked]
        if is_mean(criterion, self._config.report):
            return self._over_languages(criterion, names)
        return self.cells.against(self._config.report, criterion, names[0], names[1:])

    def _over_languages(self, criterion: Criterion, names: Sequence[str]) -> Mapping[str, Tested]:
        """The best minus each other one, over the languages in which both have scores."""
        report = self._config.report
        seeds = {f.initialization: f.seeds for f in self._by_criterion[criterion]}
        group = report.groups.get(criterion.language)
        means: dict[str, dict[str, float]] = {name: {} for name in names}
        for other, findings in self._by_criterion.items():
            inside = group is None or bool(languages_of(other.language) & set(group))
            # Equal in everything but the language.
            same = replace(other, language=criterion.language) == criterion
            if same and inside and not is_mean(other, report):
                for f in findings:
                    if f.mean is not None and f.initialization in means:
                        means[f.initialization][other.language] = f.mean
        result, best = {}, means[names[0]]
        for name in names[1:]:
            gaps = [best[code] - means[name][code] for code in best if code in means[name]]
            interval = mean_interval(gaps, report.confidence, min(report.resamples, RESAMPLES))
            if interval is not None:
                bounds = interval.estimate, interval.low, interval.high
                several = min(seeds[names[0]], seeds[name]) > 1
                evidence = f"{len(gaps)} languages"
                result[name] = Tested(*bounds, mean_test(gaps), evidence, several)
        return result


_NO_TEST = "there is one seed, and no predictions of single examples"


def _apart(
    best: Finding, others: Sequence[Finding], tests: Mapping[str, Tested], confidence: float
) -> dict[str, bool]:
    """Name -> whether it is shown to be worse than the best; without those not compared."""
    tested = [f.initialization for f in others if f.initialization in tests]
    corrected = dict(zip(tested, holm([tests[n].p_value for n in tested]), strict=True))
    sign = 1 if best.criterion.better == "up" else -1
    result = {}
    for f in others:
        name = f.initialization
        test = tests.get(name)
        if number(f.mean or 0.0) == number(best.mean or 0.0) or is_small(best, f, test):
            result[name] = False
        elif test is not None:
            is_ahead = test.excludes_zero and sign * test.difference > 0
            result[name] = is_ahead and corrected[name] <= 1 - confidence
    return result


def is_small(best: Finding, other: Finding, test: Tested | None = None) -> bool:
    """Whether a difference is so small that another seed may reverse it, by rule of thumb.

    Args:
        best: a score.
        other: another.
        test: of their difference; if it covers the variation between seeds, no rule is needed.
    """
    if min(best.seeds, other.seeds) > 1 or best.criterion.language == ALL:
        return False
    if test is not None and test.covers_seeds:
        return False
    first, second = best.mean or 0.0, other.mean or 0.0
    return abs(first - second) < MARGIN * max(1.0, abs(first))
