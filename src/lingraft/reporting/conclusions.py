"""What the experiment says in words: who won, by how much, how sure that is, and at what cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lingraft import plan
from lingraft.config.experiment import Config
from lingraft.reporting.collection import Collection
from lingraft.reporting.comparing import compare_two
from lingraft.reporting.curves import Match, budget_text
from lingraft.reporting.findings import ALL, Finding, Place
from lingraft.reporting.result_tables import measure_name
from lingraft.reporting.statistics import Comparison
from lingraft.reporting.tables import display, number

_STEP_WORDS = {"initialized": "at step 0", "pretrained": "after pretraining"}


@dataclass(frozen=True)
class Conclusion:
    """The outcome for one run and language, on the metric that decides.

    `findings` are all initializations there at the last step, best first; `ahead` compares the
    winner with the second.
    """

    place: Place
    findings: Sequence[Finding]
    ahead: Comparison | None
    sentences: Sequence[str]

    @property
    def winner(self) -> Finding:
        """The initialization with the best mean."""
        return self.findings[0]


def conclude(
    config: Config,
    collection: Collection,
    findings: Sequence[Finding],
    matches: Sequence[Match],
) -> list[Conclusion]:
    """One conclusion for each run and language, or for the mean where a run has many."""
    return [
        _conclude(config, collection, place, found, findings, matches)
        for place, found in _deciding(config, findings)
    ]


def _deciding(config: Config, findings: Sequence[Finding]) -> Iterator[tuple[Place, list[Finding]]]:
    """The findings on the metric that decides, at the last step, best first."""
    by_place: dict[Place, list[Finding]] = {}
    for finding in findings:
        by_place.setdefault(finding.place, []).append(finding)
    for run in config.runs:
        last = plan.steps(config, run)[-1]
        own = {p: f for p, f in by_place.items() if p.run == run and p.step == last}
        several = any(place.language == ALL for place in own)
        for metric in config.report.headline:
            decided = {
                place: known
                for place, found in own.items()
                if place.metric == metric and (not several or place.language == ALL)
                if (known := [f for f in found if f.mean is not None])
            }
            for place, known in decided.items():
                yield place, sorted(known, key=lambda f: _badness(f, place))
            if decided:
                break


def _badness(finding: Finding, place: Place) -> float:
    mean = finding.mean or 0.0
    return mean if place.better == "down" else -mean


def _conclude(
    config: Config,
    collection: Collection,
    place: Place,
    ranked: Sequence[Finding],
    findings: Sequence[Finding],
    matches: Sequence[Match],
) -> Conclusion:
    ahead = None
    if len(ranked) > 1 and place.language != ALL:
        names = ranked[0].initialization, ranked[1].initialization
        ahead = compare_two(config, collection, place, *names)
    sentences = [_won(config, place, ranked), *runner_up(ranked, ahead)]
    sentences += _start(place, ranked[0], findings)
    sentences += _budget(place, ranked[0], matches)
    sentences += _cost(config, collection, place, ranked[0])
    return Conclusion(place, ranked, ahead, sentences)


def _won(config: Config, place: Place, ranked: Sequence[Finding]) -> str:
    best, baseline = ranked[0], config.report.baseline
    score = f"{number(best.mean or 0.0)} {measure_name(place)} {_STEP_WORDS[place.step]}"
    base = next((f for f in ranked if f.initialization == baseline), None)
    if base is None:
        return f"{best.initialization} is best with {score}; the baseline {baseline} has no score."
    if best is base:
        return f"Nothing beats {baseline}: {score}."
    share = _relative(best.mean, base.mean)
    head = f"{best.initialization} is best: {score}, {baseline} {number(base.mean or 0.0)}"
    return f"{head}{share} ({_difference(best, config.report.confidence)})."


def _relative(mean: float | None, base: float | None) -> str:
    """`, 13 % less`; nothing where a ratio would mislead because the baseline is near zero."""
    if not mean or not base or abs(mean / base) > 2 or mean / base < 0:
        return ""
    word = "less" if mean < base else "more"
    return f", {abs(mean / base - 1):.0%} {word}"


def _difference(finding: Finding, confidence: float) -> str:
    if finding.difference is None:
        return "not compared: " + finding.evidence
    text = f"difference {number(finding.difference, True)}"
    if finding.low is None or finding.high is None:
        return f"{text}, {finding.evidence}"
    bounds = f"{number(finding.low, True)} to {number(finding.high, True)}"
    sure = f"{text}, {confidence:.0%} interval {bounds} over {finding.evidence}"
    return sure if finding.verdict == "better" else f"{sure}; this may be chance"


def runner_up(ranked: Sequence[Finding], ahead: Comparison | None) -> Iterator[str]:
    """How far the best is ahead of the second, and how sure that is.

    Args:
        ranked: findings of one place, the best first.
        ahead: the best minus the second on the same examples, where both have any.
    """
    if len(ranked) < 2:
        return
    second = ranked[1]
    gap = abs((second.mean or 0.0) - (ranked[0].mean or 0.0))
    head = f"The second, {second.initialization}, is {number(gap)} behind"
    if number(gap) == number(0.0):
        yield f"The second, {second.initialization}, is level with it (less than 0.001 apart)."
    elif ahead is None:
        yield f"{head} (not tested)."
    elif ahead.excludes_zero:
        bounds = sorted((abs(ahead.low), abs(ahead.high)))
        doubt = "; another seed may say otherwise" if ranked[0].seeds < 2 else ""
        yield f"{head} ({number(bounds[0])} to {number(bounds[1])}): they differ{doubt}."
    else:
        yield f"{head}, which this test cannot tell from no difference."


def _start(place: Place, best: Finding, findings: Sequence[Finding]) -> Iterator[str]:
    """Initialization is about the start, so the first step is always told beside the last."""
    if place.step == "initialized":
        return
    for finding in findings:
        same = finding.place.metric == place.metric and finding.place.language == place.language
        same = same and finding.place.run == place.run and finding.place.setting == place.setting
        if not same or finding.place.step != "initialized" or finding.mean is None:
            continue
        if finding.initialization == best.initialization:
            gap = f" ({number(finding.difference, True)})" if finding.difference is not None else ""
            yield f"At step 0 it had {number(finding.mean)}{gap}."


def _budget(place: Place, best: Finding, matches: Sequence[Match]) -> Iterator[str]:
    for match in matches:
        found = match.catch_up
        same = (match.run, match.initialization) == (place.run, best.initialization)
        if not same or found.axis != "steps":
            continue
        if not found.reached:
            yield "In training it does not reach the baseline's last held-out loss."
        elif found.budget == 0:
            yield "Its held-out loss is at step 0 already what the baseline's is at the end."
        elif found.budget < 1:
            yield "Its held-out loss is within a step what the baseline's is at the end."
        else:
            yield (
                f"It matches the baseline's last held-out loss after {budget_text(found)} steps, "
                f"{found.speed_up:.1f} times sooner in steps."
            )


def _cost(config: Config, collection: Collection, place: Place, best: Finding) -> Iterator[str]:
    names = best.initialization, config.report.baseline
    own, base = (_initialization_seconds(collection, place.run, name) for name in names)
    if own is not None and base is not None and best.initialization != config.report.baseline:
        yield (
            f"Initializing took {display('seconds', own)}, for the baseline "
            f"{display('seconds', base)} (shared vectors and alignments not counted)."
        )


def _initialization_seconds(collection: Collection, run: str, name: str) -> float | None:
    seconds = [
        job.seconds
        for job in collection.costs
        if job.of.startswith(f"{run} / {name} / ") and job.of.endswith("-initialized")
        if job.seconds is not None and job.stage in ("initialized", "initialize_embeddings")
    ]
    return sum(seconds) / len(seconds) if seconds else None
