from pathlib import Path

from synthetic import configuration

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.tables.stochastic_order import order_table
from lingraft.reporting.writing.sections import compose


def test_losses_and_scores_are_ordered_by_their_direction(config: Config, results: Path) -> None:
    rows = order_table(config, collect(config, results)).rows
    best = [row for row in rows if row["initialization"] == "trans-tokenization"]
    assert len(best) == 2 * 2 * 3
    assert all(row["epsilon"] < 0.2 and row["verdict"] == "almost always better" for row in best)


def test_the_table_is_in_the_report_only_if_asked_for(results: Path) -> None:
    for asked in (True, False):
        config = configuration(seeds=(1, 2, 3), stochastic_order=asked)
        names = [table.name for table in compose(config, collect(config, results)).tables]
        assert ("stochastic-order" in names) is asked
