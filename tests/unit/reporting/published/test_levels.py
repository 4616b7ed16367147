"""Published values as lines in the learning curves: converted where they join, absent elsewhere."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import configuration, write_results

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.published.beside import beside
from lingraft.reporting.published.levels import bits_per_nat, published_levels
from lingraft.reporting.published.numbers import load_numbers
from lingraft.reporting.stage import build
from lingraft.reporting.writing.sections import compose

PUBLISHED = {
    "run": "swahili",
    "initialization": "wechsel",
    "paper": "focus",
    "model": "WECHSEL",
    "protocols": {"language_model/document": "language_model/focus"},
}


@pytest.fixture(scope="module")
def config() -> Config:
    return configuration(published=[PUBLISHED])


@pytest.fixture(scope="module")
def results(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_results(config, tmp_path_factory.mktemp("levels"))


@pytest.fixture(scope="module")
def collection(config: Config, results: Path) -> Collected:
    return collect(config, results)


def test_what_joins_becomes_a_level_in_the_curves_metric(
    config: Config, collection: Collected
) -> None:
    rows = beside(config, compose(config, collection).findings, {}, load_numbers())
    [joined] = [row for row in rows if row.ours is not None]
    [level] = published_levels(collection, rows)
    factor = bits_per_nat(collection, "swahili")
    assert factor == pytest.approx(0.36)  # of the synthetic curves
    assert level.run == "swahili" and level.label == "focus: WECHSEL †"
    assert level.value == pytest.approx(joined.number.share * 0.36)  # theirs is nats per token
    bits = replace(joined, number=replace(joined.number, metric="bits_per_byte", value="1.8"))
    assert published_levels(collection, [bits])[0].value == 1.8


def test_a_perplexity_is_converted_by_its_logarithm(config: Config, collection: Collected) -> None:
    rows = beside(config, compose(config, collection).findings, {}, load_numbers())
    [joined] = [row for row in rows if row.ours is not None]
    number = replace(joined.number, metric="perplexity", value="20.0")
    [level] = published_levels(collection, [replace(joined, number=number)])
    assert level.value == pytest.approx(math.log(20.0) * 0.36)


def test_the_page_draws_it(config: Config, results: Path, tmp_path: Path) -> None:
    content = build(config, results, tmp_path)
    [figure] = [f for f in content.figures if f.name == "curves-swahili"]
    [line] = [series for series in figure.series if series.dotted]
    assert line.y[0] == line.y[1] and line.x[0] == 0
    assert "published: focus: WECHSEL" in figure.alternative
    assert not [
        s for f in content.figures if f.name == "curves-chinese" for s in f.series if s.dotted
    ]
    assert "focus: WECHSEL" in (tmp_path / "figures" / "curves-swahili.svg").read_text("utf-8")


def test_runs_without_curves_have_no_levels(config: Config, collection: Collected) -> None:
    assert bits_per_nat(collection, "nowhere") is None
