"""The outcome in sentences: which initializations lead, how sure that is, and at what cost."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.collected.hours import initialization_seconds
from lingraft.reporting.findings.curves import MEASURE, Match
from lingraft.reporting.findings.finding import ALL, Criterion
from lingraft.reporting.findings.gains import Gain
from lingraft.reporting.findings.leading import Leaders, Standings
from lingraft.reporting.findings.wording import measure_in_text, measure_name, number
from lingraft.reporting.statistics import CatchUp
from lingraft.reporting.statistics.summaries import normal_quantile
from lingraft.reporting.tables.curves import budget_text
from lingraft.reporting.tables.table import display
from lingraft.reporting.writing.outcomes import outcome
from lingraft.reporting.writing.tuned import encoder_sentences
from lingraft.stages.trainings import TrainingId, deciding_step


@dataclass(frozen=True)
class Conclusion:
    """The outcome for one run and language, on the metric that decides.

    `title` names the leaders and any doubt; `sentences` say the rest, `lost` what the leader's
    training cost it, and `tuned` what became of the models as sentence encoders.
    """

    criterion: Criterion
    leaders: Leaders
    title: str
    sentences: Sequence[str]
    tuned: Sequence[str] = ()
    lost: Sequence[str] = ()

    @property
    def said(self) -> list[str]:
        """All sentences."""
        return [*self.sentences, *self.lost, *self.tuned]


def conclude(
    config: Config,
    collection: Collected,
    standings: Standings,
    matches: Sequence[Match],
    gains: Sequence[Gain] = (),
) -> list[Conclusion]:
    """One conclusion for each run and language, or for the mean if a run has several languages.

    Args:
        config: the experiment.
        collection: what its results folder has.
        standings: the findings and who leads.
        matches: compute-to-match of each initialization.
        gains: what tuning changed.
    """
    found = []
    for criterion in _deciding(config, standings):
        leaders = standings.of(criterion)
        sentences = [outcome(config, criterion, leaders), *runner_up(leaders)]
        sentences += _start(criterion, leaders, standings)
        sentences += _budget(criterion, leaders, matches)
        sentences += _cost(config, collection, criterion, leaders)
        tuned = encoder_sentences(config, criterion, standings, gains)
        lost = tuple(_lost(config, criterion, leaders, standings))
        found.append(Conclusion(criterion, leaders, title(leaders), sentences, tuple(tuned), lost))
    return found


def overall(conclusions: Sequence[Conclusion]) -> list[str]:
    """How often each initialization leads over all languages, alone or level with others."""
    known = [c for c in conclusions if c.leaders.level]
    if len(known) < 2:
        return []
    languages = {c.criterion.language for c in known}
    what = "languages" if len(languages) == len(known) and ALL not in languages else "runs"
    if len({measure_name(c.criterion) for c in known}) > 1:
        what = "comparisons"  # a run is compared by each of its measures
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
    """For each run the measured criteria of the metric that decides, at the last step that
    compares several."""
    for run in config.runs:
        last = deciding_step(config, run)
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
        # Over the seeds that both have, which may be fewer than those of the means.
        gap = number(abs(test.difference))
        low, high = sorted((abs(test.low), abs(test.high)))
        bounds = f" ({number(low)} to {number(high)})"
    doubt = ", but with one seed only: another seed may change this" if leaders.one_seed else ""
    yield f"Next is {behind.initialization}, {gap} behind {best.initialization}{bounds}{doubt}."


def _start(criterion: Criterion, leaders: Leaders, standings: Standings) -> Iterator[str]:
    """The score at step 0, which shows what initialization alone gives."""
    if criterion.step == "initialized" or not leaders.is_decided:
        return
    best = leaders.ranked[0].initialization
    f = standings.measured(replace(criterion, step="initialized"), best)
    if f is not None:
        gap = f" (difference {number(f.difference, True)})" if f.difference is not None else ""
        yield f"At step 0, {best} had {number(f.mean or 0.0)}{gap}."


def _lost(
    config: Config, criterion: Criterion, leaders: Leaders, standings: Standings
) -> Iterator[str]:
    """Shares of the headline that the best had at step 0 and has no more: what leads by a loss may
    have lost all else. A fall counts that is wider than two independent shares of so many items
    can differ by chance."""
    if criterion.step == "initialized" or not leaders.is_decided:
        return
    best, falls = leaders.ranked[0].initialization, []
    deviations = normal_quantile(config.report.confidence)
    for other in standings.criteria:
        place = (other.run, other.language, other.step)
        if place != (criterion.run, criterion.language, criterion.step) or other.better != "up":
            continue
        end = standings.measured(other, best)
        start = standings.measured(replace(other, step="initialized"), best)
        if other.metric in config.report.headline and end and start:
            before, after = start.mean or 0.0, end.mean or 0.0
            chance = deviations * math.sqrt(0.5 / max(min(start.items, end.items), 1))
            if before <= 1 and before - after > chance:
                falls.append(f"{measure_in_text(other)} from {number(before)} to {number(after)}")
    if falls:
        yield f"But training took from {best} since step 0: {', '.join(falls)}."


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
