"""What became of the models as sentence encoders, in sentences."""

from collections.abc import Iterator, Sequence

from lingraft.experiment.configuration import Config
from lingraft.reporting.findings.curves import METRIC
from lingraft.reporting.findings.finding import Criterion
from lingraft.reporting.findings.gains import Gain
from lingraft.reporting.findings.leading import Standings
from lingraft.reporting.findings.wording import measure_in_text, number
from lingraft.reporting.writing.outcomes import difference, outcome


def encoder_sentences(
    config: Config, criterion: Criterion, standings: Standings, gains: Sequence[Gain]
) -> Iterator[str]:
    """For each encoder of a run, who leads, and what tuning changed in that one.

    Args:
        config: the experiment.
        criterion: says the run and the language.
        standings: the findings and who leads.
        gains: of all encoders.
    """
    place = criterion.run, criterion.language
    for encoder in config.encoders:
        own = [
            gain
            for gain in gains
            if (gain.criterion.run, gain.criterion.language) == place
            and gain.criterion.step == encoder
        ]
        if not own:
            continue
        decides = min((gain.criterion for gain in own), key=lambda c: _rank(config, c))
        leaders = standings.of(decides)
        if len(leaders.ranked) > 1:
            yield outcome(config, decides, leaders)
        best = leaders.ranked[0].initialization
        shown = [g for g in own if g.after.initialization == best and _is_shown(g, decides)]
        shown.sort(key=lambda gain: _rank(config, gain.criterion))
        said = " and ".join(_change(gain, config.report.confidence) for gain in shown)
        yield f"Tuning {best} with {encoder} took {said}."


def _rank(config: Config, criterion: Criterion) -> tuple[bool, int]:
    """An encoder is for its vectors: what remains of the language model comes last."""
    return criterion.metric == METRIC, config.report.headline.index(criterion.metric)


def _is_shown(gain: Gain, decides: Criterion) -> bool:
    return gain.criterion == decides or gain.criterion.metric == METRIC


def _change(gain: Gain, confidence: float) -> str:
    """`accuracy@1 from 0.703 to 0.923 (difference +0.220, ...; 69 items won, 2 lost)`."""
    means = number(gain.before.mean or 0.0), number(gain.after.mean or 0.0)
    items = "" if gain.won is None else f"; {gain.won} items won, {gain.lost} lost"
    return (
        f"{measure_in_text(gain.criterion)} from {means[0]} to {means[1]} "
        f"({difference(gain.after, confidence)}{items})"
    )
