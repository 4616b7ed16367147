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

TUNED = ("random", "wechsel", "trans-tokenization")
STUDIED = ("swh_Latn", "zho_Hans", "hin_Deva", "orm_Latn")


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


@pytest.fixture(scope="session")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Content]:
    """The report of a run in which two of three initializations have an encoder."""
    chosen = {"distilled": ["random", "trans-tokenization"]}
    config = configuration({"swahili": ["swh_Latn"]}, TUNED, (1, 2), chosen)
    results = write_results(config, tmp_path_factory.mktemp("tuned"))
    return results / "report", build(config, results, results / "report")


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Content]:
    """The report of a study of four languages: its folder and its content."""
    runs = {code.partition("_")[0]: [code] for code in STUDIED}
    config = configuration(runs, ("random", "wechsel", "trans-tokenization"))
    results = write_results(config, tmp_path_factory.mktemp("study"), 20, 30)
    return results / "report", build(config, results, results / "report")
