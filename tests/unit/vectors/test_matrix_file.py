from pathlib import Path

import numpy as np
import pytest

from lingraft.vectors.matrix_file import read_matrix, write_matrix


@pytest.mark.parametrize("rows", [0, 1, 1000])
def test_parts_become_the_file_that_numpy_writes(tmp_path: Path, rows: int) -> None:
    made = np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32)
    write_matrix(tmp_path / "parts.npy", [made[:2], made[2:5], made[5:]])
    np.save(tmp_path / "whole.npy", made)
    assert (tmp_path / "parts.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()
    assert np.array_equal(read_matrix(tmp_path / "parts.npy"), made)


def test_columns_first_are_written_row_by_row(tmp_path: Path) -> None:
    made = np.asfortranarray(np.arange(12, dtype=np.float32).reshape(4, 3))
    write_matrix(tmp_path / "v.npy", [made])
    assert np.array_equal(np.load(tmp_path / "v.npy"), made)


def test_what_is_changed_in_memory_does_not_come_to_the_file(tmp_path: Path) -> None:
    write_matrix(tmp_path / "v.npy", [np.zeros((4, 3), np.float32)])
    read_matrix(tmp_path / "v.npy")[0] = 1
    assert not read_matrix(tmp_path / "v.npy").any()


def test_a_matrix_can_replace_the_file_that_it_is_read_from(tmp_path: Path) -> None:
    write_matrix(tmp_path / "v.npy", [np.ones((4000, 3), np.float32)])
    write_matrix(tmp_path / "v.npy", [read_matrix(tmp_path / "v.npy")])
    assert read_matrix(tmp_path / "v.npy").all()


@pytest.mark.parametrize("kept", [0, 6, 100, 130])
def test_a_cut_file_is_refused(tmp_path: Path, kept: int) -> None:
    write_matrix(tmp_path / "v.npy", [np.ones((4, 3), np.float32)])
    content = (tmp_path / "v.npy").read_bytes()
    (tmp_path / "v.npy").write_bytes(content[:kept])
    with pytest.raises((ValueError, EOFError)):
        read_matrix(tmp_path / "v.npy")
