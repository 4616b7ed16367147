"""Means over all languages of a run, and over the groups that the configuration names.

Languages without a score are left out and counted; they never count as zero. The interval says how
the mean would change with other languages of the same kind, not how sure each single number is.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from lingraft.config.report import Report
from lingraft.reporting.findings.finding import ALL, Criterion, Finding
from lingraft.reporting.statistics import mean_interval, summarize

RESAMPLES = 2000  # enough for an interval over tens of languages


def group_means(findings: Sequence[Finding], report: Report) -> list[Finding]:
    """Means over the languages of each run that has several, over all and by group."""
    means = []
    members: dict[tuple[Criterion, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        members[replace(finding.criterion, language=""), finding.initialization].append(finding)
    for same in members.values():
        if len(same) < 2:
            continue
        means.append(mean_finding(ALL, same, report))
        for name, languages in report.groups.items():
            inside = [f for f in same if languages_of(f.criterion.language) & set(languages)]
            if inside:
                means.append(mean_finding(name, inside, report))
    return means


def languages_of(language: str) -> set[str]:
    """The languages of a code; `eng_Latn-swh_Latn` has two."""
    return set(language.split("-"))


def mean_finding(name: str, members: Sequence[Finding], report: Report) -> Finding:
    """The mean of one initialization over languages, and of its differences from the baseline.

    Args:
        name: what to call the group of languages.
        members: its findings by one metric, one for each language.
        report: the baseline, confidence and resamples.
    """
    known = [f for f in members if f.mean is not None]
    missing_seeds = sum(f.missing_seeds for f in members)
    criterion = replace(members[0].criterion, language=name)
    empty = Finding(criterion, members[0].initialization, missing_seeds=missing_seeds)
    if not known:
        return replace(empty, verdict="missing", evidence="no language was measured")
    absent = len(members) - len(known)
    note = f"{len(known)} languages" + (f", {absent} missing" if absent else "")
    mean = summarize([f.mean for f in known if f.mean is not None])
    seeds = min(f.seeds for f in known)
    result = replace(empty, mean=mean.mean, sd=mean.sd, items=mean.n, seeds=seeds, evidence=note)
    if members[0].initialization == report.baseline:
        return replace(result, verdict="baseline")
    gaps = [f.difference for f in known if f.difference is not None]
    interval = mean_interval(gaps, report.confidence, min(report.resamples, RESAMPLES))
    if interval is None:
        return replace(result, difference=gaps[0] if gaps else None)
    bounds = interval.low, interval.high
    return replace(result, difference=interval.estimate, low=bounds[0], high=bounds[1])
