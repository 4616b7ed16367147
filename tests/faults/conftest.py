"""One laboratory and one set of inputs for all tests of faults."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from laboratory import Laboratory, make_inputs
from tests.workflow.conftest import finished as finished


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """Starts trainings that may crash."""
    opened = Laboratory(tmp_path_factory.mktemp("laboratory"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny masked model with dropout, and tokens."""
    return make_inputs(tmp_path_factory.mktemp("bert"), "bert-dropout")


@pytest.fixture(scope="session")
def plain_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without dropout."""
    return make_inputs(tmp_path_factory.mktemp("plain"), "bert")


@pytest.fixture(scope="session")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny causal model with dropout, and tokens."""
    return make_inputs(tmp_path_factory.mktemp("gpt2"), "gpt2")


@pytest.fixture(scope="session")
def plain_gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without dropout."""
    return make_inputs(tmp_path_factory.mktemp("plain-gpt2"), "gpt2-plain")
