"""Fixtures shared by the tests of evaluation; what they are made of is in evaluation_samples."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

# Test modules are imported by path (importlib mode), so helpers beside them need this.
sys.path.insert(0, str(Path(__file__).parent))

from evaluation_samples import save_causal_model, save_masked_model, write_records

torch.set_num_threads(1)  # models this small only wait for each other's threads


@pytest.fixture(scope="session")
def masked_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_masked_model(tmp_path_factory.mktemp("models") / "masked")


@pytest.fixture(scope="session")
def causal_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_causal_model(tmp_path_factory.mktemp("models") / "causal")


@pytest.fixture
def make_corpus(tmp_path: Path) -> Callable[..., Path]:
    """Write a corpus folder from {id: text}, for one split or several."""

    def make(name: str, valid: dict[str, str], **splits: dict[str, str]) -> Path:
        for split, texts in {"valid": valid, **splits}.items():
            records = [{"id": i, "text": text, "metadata": {}} for i, text in texts.items()]
            write_records(tmp_path / name / f"{split}.jsonl", records)
        return tmp_path / name

    return make
