"""Fixtures shared by the tests of encoders; what they are made of is in loss_samples."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Test modules are imported by path (importlib mode), so helpers beside them need this.
sys.path.insert(0, str(Path(__file__).parent))

from loss_samples import Asked, examples_of, material_of, save_model, student_of


@pytest.fixture(scope="session")
def start_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT with its head and tokenizer, without dropout."""
    return save_model(tmp_path_factory.mktemp("models") / "start")


@pytest.fixture
def ask(start_model: Path, tmp_path: Path) -> Callable[..., Asked]:
    """Prepare a loss for examples, by default six of the first form that it reads."""

    def asked(
        loss: Any, examples: Any = None, form: Any = None, start: Path = start_model
    ) -> Asked:
        form = form or loss.reads[0]
        examples = examples_of(form) if examples is None else examples
        student = student_of(start)
        return Asked(loss, material_of(examples, form, student, start, tmp_path))

    return asked
