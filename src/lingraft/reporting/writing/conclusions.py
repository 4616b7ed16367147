"""The outcome in sentences: which initializations lead, how sure that is, and at what cost."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.collected.hours import initialization_seconds
from lingraft.reporting.findings.curves import MEASURE, Match
from lingraft.reporting.findings.finding import ALL, Criterion, Finding
from lingraft.reporting.findings.leading import Leaders, Standings
from lingraft.reporting.findings.wording import measure_name, number
from lingraft.reporting.statistics import CatchUp
from lingraft.reporting.tables.curves import budget_text
from lingraft.reporting.tables.table import display
from lingraft.stages.trainings import TrainingId, language_model_steps

_STEP_WORDS = {"initialized": "at step 0", "pretrained": "after pretraining"}


@dataclass(frozen=True)
class Conclusion:
    """The outcome for one run and language, on the metric that decides.

    `title` names the leaders and any doubt; `sentences` say the rest.
    """

    criterion: Criterion
    leaders: Leaders
    title: str
    sentences: Sequence[str]


def conclude(
    config: Config, collection: Collected, standings: Standings, matches: Sequence[Match]
) -> list[Conclusion]:
    """One conclusion for each run and language, or for the mean if a run has several languages.

    Args:
        config: the experiment.
        collection: what its results folder has.
        standings: the findings and who leads.
        matches: compute-to-match of each initialization.
    """
    found = []
    for criterion in _deciding(config, standings):
        leaders = standings.of(criterion)
        sentences = [_outcome(config, criterion, leaders), *runner_up(leaders)]
        sentences += _start(criterion, leaders, standings)
        sentences += _budget(criterion, leaders, matches)
        sentences += _cost(config, collection, criterion, leaders)
        found.append(Conclusion(criterion, leaders, title(leaders), sentences))
    return found


def overall(conclusions: Sequence[Conclusion]) -> list[str]:
    """How often each initialization leads over all languages, alone or level with others."""
    known = [c for c in conclusions if c.leaders.level]
    if len(known) < 2:
        return []
    languages = {c.criterion.language for c in known}
    what = "languages" if len(languages) == len(known) and ALL not in languages else "runs"
    alone = Counter(c.leaders.level[0] for c in known if len(c.leaders.level) == 1)
    decided = [c for c in known if c.leaders.is_decided]
    top = Counter(name for c in decided for name in c.leaders.level)
    metrics = " and ".join(sorted({measure_name(c.criterion) for c in known}))
    sentences = []
    if top:
        said = ", ".join(
            f"{name} in {count} of {len(known)} {what}{_alone(alone[name], count)}"
            for name, count in top.most_common()
        )
        sentences.append(f"By {metrics}, best or level with the best: {said}.")
    if len(decided) < len(known):
        sentences.append(
            f"In {len(known) - len(decided)} of {len(known)} {what} no difference between the "
            f"initializations is shown by {metrics}."
        )
    return sentences


def _alone(alone: int, count: int) -> str:
    if not alone:
        return ""
    return ", alone" if alone == count else f", {alone} of them alone"


def title(leaders: Leaders) -> str:
    """The leaders in a few words, with any doubt."""
    if not leaders.level:
        return "Not decided"
    if not leaders.is_decided:
        return "No difference shown"
    some = len(leaders.ranked) < leaders.asked
    doubts = [f"{len(leaders.ranked)} of {leaders.asked} measured"] if some else []
    doubts += ["one seed"] if leaders.one_seed else []
    level = ["level"] if len(leaders.level) > 1 else []
    notes = ", ".join([*level, *doubts])
    return ", ".join(leaders.level) + (f" ({notes})" if notes else "")


def _deciding(config: Config, standings: Standings) -> Iterator[Criterion]:
    """For each run the measured criteria of the metric that decides, at the last step."""
    for run in config.runs:
        last = language_model_steps(config, run)[-1]
        own = [p for p in standings.criteria if p.run == run and p.step == last]
        several = any(criterion.language == ALL for criterion in own)
        for metric in config.report.headline:
            decided = [
                criterion
                for criterion in own
                if criterion.metric == metric and (not several or criterion.language == ALL)
                if standings.of(criterion).ranked
            ]
            yield from decided
            if decided:
                break


def _outcome(config: Config, criterion: Criterion, leaders: Leaders) -> str:
    measure = f"{measure_name(criterion)} {_STEP_WORDS[criterion.step]}"
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
        return f"{head}; the baseline {config.report.baseline} has no score."
    if base in at_top:
        said = f"{head[0].lower()}{head[1:]}"
        return f"No initialization is shown to beat {base.initialization}: {said}."
    best = leaders.ranked[0]
    said = f"{_relative(best.mean, base.mean)}{_difference(best, config.report.confidence)}"
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
    names = _listed([f.initialization for f in sure])
    verb = "are level at the top" if len(sure) > 1 else "is best"
    if not unsure:
        return f"{names} {verb}: {_range(sure)}"
    others = _listed([f.initialization for f in unsure])
    verb = verb if len(sure) > 1 else "is at the top"
    are = "are" if len(unsure) > 1 else "is"
    said = f"{others} at {_range(unsure)} {are} not shown to be behind"
    return f"{names} {verb} ({said}): {_range(sure)}"


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _range(findings: Sequence[Finding]) -> str:
    low, high = number(findings[0].mean or 0.0), number(findings[-1].mean or 0.0)
    return low if low == high else f"{low} to {high}"


def _relative(mean: float | None, base: float | None) -> str:
    """`13% less, `; nothing if a ratio would mislead because the baseline is near zero."""
    if not mean or not base or abs(mean / base) > 2 or mean / base < 0:
        return ""
    word = "less" if mean < base else "more"
    return f"{abs(mean / base - 1):.0%} {word}, "


def _difference(finding: Finding, confidence: float) -> str:
    if finding.difference is None:
        return "not compared: " + finding.evidence
    text = f"difference {number(finding.difference, True)}"
    if finding.low is None or finding.high is None:
        return f"{text}, {finding.evidence}"
    bounds = f"{number(finding.low, True)} to {number(finding.high, True)}"
    sure = f"{text}, {confidence:.0%} interval {bounds} over {finding.evidence}"
    return sure if finding.verdict == "better" else f"{sure}; this may be chance"


def runner_up(leaders: Leaders) -> Iterator[str]:
    """How far the best of those that do not lead is behind, and what another seed may change."""
    if not leaders.is_decided:
        return
    best = leaders.ranked[0]
    behind = next(f for f in leaders.ranked if f.initialization not in leaders.level)
    gap = number(abs((best.mean or 0.0) - (behind.mean or 0.0)))
    test = (leaders.tests or {}).get(behind.initialization)
    bounds = ""
    if test is not None:
        low, high = sorted((abs(test.low), abs(test.high)))
        bounds = f" ({number(low)} to {number(high)})"
    doubt = ", but with one seed only: another seed may change this" if leaders.one_seed else ""
    yield f"Next is {behind.initialization}, {gap} behind {best.initialization}{bounds}{doubt}."


def _start(criterion: Criterion, leaders: Leaders, standings: Standings) -> Iterator[str]:
    """The score at step 0, which shows what initialization alone gives."""
    if criterion.step == "initialized" or not leaders.is_decided:
        return
    best = leaders.ranked[0].initialization
    for f in standings.findings(replace(criterion, step="initialized")):
        if f.initialization == best and f.mean is not None:
            gap = f" (difference {number(f.difference, True)})" if f.difference is not None else ""
            yield f"At step 0, {best} had {number(f.mean)}{gap}."


def _budget(criterion: Criterion, leaders: Leaders, matches: Sequence[Match]) -> Iterator[str]:
    """Compute-to-match of the leaders, by the measure of the curves."""
    said: list[str] = []
    for match in matches:
        found = match.catch_up
        at_top = match.run == criterion.run and match.initialization in leaders.level
        if not leaders.is_decided or not at_top or found.axis != "steps":
            continue
        verb = "" if said else " reaches the baseline's last value"
        said.append(f"{match.initialization}{verb} {_when(found)}")
    if said:
        yield f"In {MEASURE}, {', '.join(said)}."


def _when(found: CatchUp) -> str:
    if not found.reached:
        return "never"
    if found.budget < 1:
        return "at step 0" if found.budget == 0 else "within a step"
    return f"after {budget_text(found)} steps (speed-up {found.speed_up:.1f})"


def _cost(
    config: Config, collection: Collected, criterion: Criterion, leaders: Leaders
) -> Iterator[str]:
    baseline = config.report.baseline
    if not leaders.is_decided or leaders.ranked[0].initialization == baseline:
        return
    best = leaders.ranked[0].initialization
    own, base = (_mean_cost(config, collection, criterion.run, name) for name in (best, baseline))
    if own is not None and base is not None:
        yield (
            f"Initialization with {best} took {display('seconds', own)} of CPU time, including the "
            f"word vectors and alignments that it needs; with {baseline}, "
            f"{display('seconds', base)}."
        )


def _mean_cost(config: Config, collection: Collected, run: str, name: str) -> float | None:
    block = config.runs[run]
    seeds = block.seeds_of(name) if name in block.initializations else []
    own = [TrainingId(run, name, seed) for seed in seeds]
    costs = [initialization_seconds(config, collection, training) for training in own]
    known = [cost for cost in costs if cost is not None]
    return sum(known) / len(known) if known else None
