"""One synthetic experiment for all tests that only read it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from synthetic import configuration, write_results

from lingraft.experiment.configuration import Config
from lingraft.reporting.stage import build
from lingraft.reporting.writing.content import Content


@pytest.fixture(scope="session")
def config() -> Config:
    """Two runs, six initializations, three seeds."""
    return configuration(seeds=(1, 2, 3))


@pytest.fixture(scope="session")
def results(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their results; tests that change something make their own."""
    return write_results(config, tmp_path_factory.mktemp("synthetic"))


@pytest.fixture(scope="session")
def report(config: Config, results: Path) -> Iterator[tuple[Path, Content]]:
    """The report of these results: its folder and its content."""
    folder = results / "report"
    yield folder, build(config, results, folder)
