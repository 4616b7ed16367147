"""The state of a generator's training: whole, or as if it were not there."""

from pathlib import Path

import torch

from lingraft.initialization.generation.state import GeneratorState, Reached, forget_generators

NOW = Reached(2, 3, 17, [0.5, 0.25], [0.125], {"weights.a": torch.arange(6.0).reshape(2, 3)})


def test_what_is_saved_is_read_for_the_same_question_only(tmp_path: Path) -> None:
    GeneratorState(tmp_path, "this").save(NOW)
    found = GeneratorState(tmp_path, "this").load()
    assert found is not None
    assert (found.epoch, found.batch, found.steps) == (2, 3, 17)
    assert (found.losses, found.losses_of_epoch) == ([0.5, 0.25], [0.125])
    assert torch.equal(found.tensors["weights.a"], NOW.tensors["weights.a"])
    assert GeneratorState(tmp_path, "that").load() is None


def test_a_damaged_state_is_none(tmp_path: Path) -> None:
    GeneratorState(tmp_path, "this").save(NOW)
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1  # a bit of a tensor, which safetensors itself does not notice
    path.write_bytes(content)
    assert GeneratorState(tmp_path, "this").load() is None
    path.write_bytes(b"nothing")
    assert GeneratorState(tmp_path, "this").load() is None


def test_states_are_forgotten_and_nothing_else(tmp_path: Path) -> None:
    GeneratorState(tmp_path / "own", "this").save(NOW)
    forget_generators(tmp_path / "own")
    assert not (tmp_path / "own").exists()
    GeneratorState(tmp_path, "this").save(NOW)
    (tmp_path / "other").touch()
    forget_generators(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
    forget_generators(None)


def test_without_a_folder_nothing_is_kept() -> None:
    state = GeneratorState(None, "this", 0.0)
    state.save(NOW)
    assert state.load() is None and not state.is_due
