"""What several jobs share: made once, the same bits from the file, made again where damaged."""

import logging
from pathlib import Path

import numpy as np
import pytest

from lingraft.artifacts.kept import kept_answer, kept_arrays, kept_vectors

ARRAYS = {"data": np.array([0.1, 1e-300, np.inf]), "places": np.array([3, 1, 2], np.int32)}


class Maker:
    """Makes the same thing, and counts how often."""

    def __init__(self, thing: object) -> None:
        self.thing = thing
        self.calls = 0

    def __call__(self) -> object:
        self.calls += 1
        return self.thing


KINDS = [
    pytest.param(kept_answer, "a.json", {"sum": 0.1, "parts": [1, 2]}, id="answer"),
    pytest.param(kept_vectors, "a.npy", np.array([[0.5, 2.0]], np.float32), id="vectors"),
    pytest.param(kept_arrays, "a.npz", ARRAYS, id="arrays"),
]


def assert_same(found, made):
    if isinstance(made, dict) and made is ARRAYS:
        assert list(found) == list(made)
        for name, array in made.items():
            assert found[name].dtype == array.dtype
            assert found[name].tobytes() == array.tobytes()
    elif isinstance(made, np.ndarray):
        assert found.tobytes() == made.tobytes()
    else:
        assert found == made


@pytest.mark.parametrize(("keep", "name", "thing"), KINDS)
def test_it_is_made_once(tmp_path: Path, keep, name, thing) -> None:
    make = Maker(thing)
    for _ in range(2):
        assert_same(keep(tmp_path / "kept" / name, make), thing)
    assert make.calls == 1
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [name]  # nothing beside it


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
@pytest.mark.parametrize(("keep", "name", "thing"), KINDS)
def test_what_is_damaged_is_made_again(tmp_path: Path, caplog, keep, name, thing, damage) -> None:
    path, make = tmp_path / name, Maker(thing)
    keep(path, make)
    whole = path.read_bytes()
    middle = len(whole) // 2
    damaged = {
        "cut": whole[:middle],
        "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "empty": b"",
    }
    path.write_bytes(damaged[damage])
    with caplog.at_level(logging.WARNING):
        assert_same(keep(path, make), thing)
    assert make.calls == 2
    [line] = caplog.messages
    assert str(path) in line and "made again" in line
    assert path.read_bytes() == whole


def test_one_that_is_killed_while_it_writes_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    def killed():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept_arrays(tmp_path / "a.npz", killed)
    assert not (tmp_path / "a.npz").exists()
    # What a killed process had begun beside it is not read.
    (tmp_path / ".a.npz.begun.part").write_bytes(b"half")
    assert_same(kept_arrays(tmp_path / "a.npz", lambda: ARRAYS), ARRAYS)


def test_two_at_once_write_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"

    def slower():
        kept_arrays(path, lambda: ARRAYS)  # the other one is done before
        return ARRAYS

    assert_same(kept_arrays(path, slower), ARRAYS)
    assert_same(kept_arrays(path, pytest.fail), ARRAYS)
