"""Curves for TensorBoard: what it reads back, across a restart, and the error without it."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from lingraft.errors import ConfigError
from lingraft.training import tensorboard
from lingraft.training.tensorboard import Board, require_tensorboard


def line(step: int, loss: float) -> dict[str, object]:
    return {"kind": "train", "step": step, "loss": loss, "tokens": 64 * step, "device": "cpu"}


def curve(folder: Path, name: str) -> list[tuple[int, float]]:
    events = EventAccumulator(str(folder))
    events.Reload()
    return [(event.step, event.value) for event in events.Scalars(name)]


def test_numbers_become_curves(tmp_path: Path) -> None:
    board = Board(tmp_path, after=-1)
    board.add(line(1, 4.0))
    board.add({"kind": "valid", "step": 1, "loss": 3.5, "corpora": {"swahili": {"loss": 3.25}}})
    board.close()
    assert curve(tmp_path, "train/loss") == [(1, 4.0)]
    assert curve(tmp_path, "train/tokens") == [(1, 64.0)]
    assert curve(tmp_path, "valid/loss of swahili") == [(1, 3.25)]


def test_what_will_be_done_again_is_hidden(tmp_path: Path) -> None:
    first = Board(tmp_path, after=-1)
    for step in (1, 2, 3):
        first.add(line(step, 4.0 - step))
    first.close()
    again = Board(tmp_path, after=1)  # the checkpoint was of step 1
    for step in (2, 3):
        again.add(line(step, 8.0 - step))
    again.close()
    assert curve(tmp_path, "train/loss") == [(1, 3.0), (2, 6.0), (3, 5.0)]


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    require_tensorboard()
    monkeypatch.setattr(tensorboard, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'lingraft\[tensorboard\]'"):
        require_tensorboard()
