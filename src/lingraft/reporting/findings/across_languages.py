"""What a study over many languages shows: means, and the leading method against every other."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lingraft.experiment.configuration import Config
from lingraft.reporting.findings.cells import Cells, Tested
from lingraft.reporting.findings.comparing import verdict_of
from lingraft.reporting.findings.contrasts import (
    Contrast,
    Outcome,
    against_best_other,
    in_languages,
    over_languages,
)
from lingraft.reporting.findings.finding import ALL, Criterion, Finding, Question
from lingraft.reporting.findings.language_means import mean_finding
from lingraft.reporting.findings.leading import Standings
from lingraft.reporting.findings.studies import FEWEST_LANGUAGES, Study, StudyLanguage, groups_of
from lingraft.stages.trainings import all_steps

ByRun = Mapping[str, Mapping[str, Finding]]  # run -> method -> what was found


@dataclass(frozen=True)
class Rivalry:
    """The leading method minus one other: in every language, in the mean, and by group."""

    other: str
    by_language: Sequence[Contrast]
    mean: Contrast
    by_group: Sequence[Contrast]


@dataclass(frozen=True)
class StudyAnswer:
    """What a study shows by one question.

    Attributes:
        by_language: the findings of each run by method; the best of a language are marked.
        common: the languages that all methods have.
        means: over the common languages, by method; the best is first.
        group_means: group of languages -> the same over the common languages in it.
        rivalries: the leading method, the first of `means`, against each other one.
        best_others: by method, itself minus the best other one of each language.
    """

    question: Question
    by_language: ByRun
    common: Sequence[StudyLanguage]
    means: Mapping[str, Finding]
    group_means: Mapping[str, Mapping[str, Finding]]
    rivalries: Sequence[Rivalry]
    best_others: Mapping[str, Sequence[Contrast]]

    @property
    def leading(self) -> str:
        """The method with the best mean."""
        return next(iter(self.means))


def tally(contrasts: Sequence[Contrast]) -> Counter[Outcome]:
    """How often each outcome occurs."""
    return Counter(contrast.outcome for contrast in contrasts)


def answers(config: Config, cells: Cells, standings: Standings, study: Study) -> list[StudyAnswer]:
    """What a study shows by each headline metric at each step, in the order of the report.

    A question is left out while fewer than three languages have the scores of all its methods.

    Args:
        config: the experiment.
        cells: its scores, with the predictions behind them.
        standings: who leads in each language.
        study: the languages and methods.
    """
    asked: dict[Question, dict[str, Criterion]] = {}
    for criterion in standings.criteria:
        language = study.runs.get(criterion.run)
        is_own = language is not None and language.code == criterion.language
        if is_own and criterion.metric in config.report.headline and criterion.better != "none":
            asked.setdefault(Question.of(criterion), {})[criterion.run] = criterion
    steps, order = all_steps(config), list(config.report.headline)
    ordered = sorted(
        asked, key=lambda q: (steps.index(q.step), order.index(q.metric), q.task, q.setting)
    )
    found = [_answer(config, cells, standings, study, asked[question]) for question in ordered]
    return [answer for answer in found if answer is not None]


def _answer(
    config: Config,
    cells: Cells,
    standings: Standings,
    study: Study,
    criteria: Mapping[str, Criterion],
) -> StudyAnswer | None:
    findings = {
        each.run: _measured(study, standings, criteria[each.run])
        for each in study.languages
        if each.run in criteria
    }
    counts = Counter(name for own in findings.values() for name in own)
    methods = [name for name in study.methods if counts[name] >= FEWEST_LANGUAGES]
    common = [each for each in study.languages if set(methods) <= findings.get(each.run, {}).keys()]
    if len(methods) < 2 or len(common) < FEWEST_LANGUAGES:
        return None
    means = _means(config, methods, [findings[each.run] for each in common])
    leading, *others = means
    tests = {run: _tests(config, cells, standings, c, leading) for run, c in criteria.items()}
    rivalries = _rivalries(config, study, findings, tests, (leading, *others))
    best_others = {
        name: [
            contrast
            for run in findings
            if (contrast := against_best_other(run, name, standings.of(criteria[run]))) is not None
        ]
        for name in means
    }
    question = Question.of(next(iter(criteria.values())))
    groups = {
        group: _means(config, methods, [findings[each.run] for each in members])
        for group, own in groups_of(study, config.report).items()
        if (members := [each for each in own if each in common])
    }
    marked = _marked(means, rivalries)
    return StudyAnswer(question, findings, common, marked, groups, rivalries, best_others)


def _measured(study: Study, standings: Standings, criterion: Criterion) -> dict[str, Finding]:
    found = {f.initialization: f for f in standings.all(criterion) if f.mean is not None}
    return {name: found[name] for name in study.methods if name in found}


def _means(
    config: Config, methods: Sequence[str], languages: Sequence[Mapping[str, Finding]]
) -> dict[str, Finding]:
    """The mean of each method over languages, the best first."""
    means = [mean_finding(ALL, [own[n] for own in languages], config.report) for n in methods]
    # The spread of the scores over languages says little: they differ in text and script.
    update: dict[str, Any] = {"sd": None}
    if len(languages) < FEWEST_LANGUAGES:
        update |= {"low": None, "high": None}
    means = [replace(f, **update) for f in means]
    sign = 1 if means[0].criterion.better == "down" else -1
    ranked = sorted(means, key=lambda f: sign * (f.mean or 0.0))
    return {f.initialization: replace(f, verdict=verdict_of(f, config.report)) for f in ranked}


def _marked(means: Mapping[str, Finding], rivalries: Sequence[Rivalry]) -> dict[str, Finding]:
    """The means, with the best and those level with it marked unless all are level."""
    behind = {rivalry.other for rivalry in rivalries if rivalry.mean.outcome == "better"}
    return {name: replace(f, top=bool(behind) and name not in behind) for name, f in means.items()}


def _tests(
    config: Config, cells: Cells, standings: Standings, criterion: Criterion, leading: str
) -> Mapping[str, Tested]:
    """The leading method minus each other one in a language, over examples or else over seeds."""
    leaders = standings.of(criterion)
    names = [f.initialization for f in leaders.ranked]
    if leading not in names:
        return {}
    if names[0] == leading and leaders.tests is not None:
        return leaders.tests
    names.remove(leading)
    return cells.against(config.report, criterion, leading, names)


def _rivalries(
    config: Config,
    study: Study,
    findings: ByRun,
    tests: Mapping[str, Mapping[str, Tested]],
    methods: Sequence[str],
) -> list[Rivalry]:
    """The first of the methods against each other one."""
    leading, *others = methods
    by_language = {}
    for other in others:
        pairs = {r: (f[leading], f[other]) for r, f in findings.items() if {leading, other} <= {*f}}
        own = {run: tests[run][other] for run in pairs if other in tests[run]}
        by_language[other] = in_languages(pairs, own, config.report)
    groups = {ALL: study.languages, **groups_of(study, config.report)}
    by_group = {}
    better = next(f for own in findings.values() for f in own.values()).criterion.better
    for group, members in groups.items():
        runs = {each.run for each in members}
        differences = {
            other: [c.difference for c in contrasts if c.over in runs]
            for other, contrasts in by_language.items()
        }
        by_group[group] = over_languages(group, differences, better, config.report)
    return [
        Rivalry(
            other,
            by_language[other],
            by_group[ALL][other],
            [own[other] for group, own in by_group.items() if group != ALL and other in own],
        )
        for other in others
    ]
