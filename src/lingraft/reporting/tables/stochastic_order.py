"""Almost stochastic order over seeds, if `report.stochastic_order` asks for it."""

from collections import defaultdict
from collections.abc import Mapping

from lingraft.evaluation.outcome import MODEL
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.findings.finding import Criterion
from lingraft.reporting.findings.wording import measure_name, step_heading
from lingraft.reporting.statistics import almost_stochastic_order
from lingraft.reporting.tables.table import INITIALIZATION, LANGUAGE, RUN, STEP, Column, Table

_DOMINATES = 0.5
_FEWEST_SEEDS = 2

Scores = Mapping[str, list[float]]  # by initialization, one number a seed


def order_table(config: Config, collection: Collected) -> Table:
    """How far each initialization is from being better than the baseline at every quantile."""
    baseline = config.report.baseline
    rows = []
    for criterion, scores in _scores(config, collection).items():
        base = scores.get(baseline, [])
        for name, own in scores.items():
            if name == baseline or min(len(own), len(base)) < _FEWEST_SEEDS:
                continue
            sign = -1 if criterion.better == "down" else 1
            sides = [sign * score for score in own], [sign * score for score in base]
            epsilon = almost_stochastic_order(*sides, confidence=config.report.confidence)
            rows.append(
                {
                    "run": criterion.run,
                    "language": criterion.language,
                    "step": step_heading(criterion.step),
                }
                | {"metric": measure_name(criterion), "initialization": name}
                | {"seeds": min(len(own), len(base)), "epsilon": epsilon}
                | {"verdict": "almost always better" if epsilon < _DOMINATES else "not shown"}
            )
    columns = [
        RUN,
        LANGUAGE,
        STEP,
        Column("metric", "Metric"),
        INITIALIZATION,
        Column("seeds", "Seeds", "integer"),
        Column("epsilon", "ε", "number", hint="upper bound of the violation; 0: always better"),
        Column("verdict", "Verdict"),
    ]
    note = (
        f"Below {_DOMINATES} the initialization is better than {baseline} at almost every quantile "
        "of its seeds; 0.2 is a stricter threshold. With few seeds this is a rough guide."
    )
    title = "Almost stochastic order over seeds"
    return Table("stochastic-order", title, columns, rows, note, folded=True)


def _scores(config: Config, collection: Collected) -> dict[Criterion, dict[str, list[float]]]:
    found: dict[Criterion, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in collection.scores:
        score = row.score
        wanted = score.metric in config.report.headline and score.system == MODEL
        if wanted and score.value is not None:
            found[Criterion.of(row)][row.training.initialization].append(score.value)
    return found
