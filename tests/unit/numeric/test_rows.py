import numpy as np
import pytest

from lingraft.numeric import rows
from lingraft.numeric.rows import all_finite, make_unit_rows, row_blocks, unit_rows


def test_unit_rows_in_place_are_the_same_rows() -> None:
    made = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    made[7] = 0
    expected = unit_rows(made)
    assert make_unit_rows(made) is made
    assert np.array_equal(made, expected) and not made[7].any()


@pytest.mark.parametrize("count", [0, 1, 8, 9, 10, 16, 17, 18, 100])
def test_blocks_cover_all_rows_once_and_the_last_is_not_short(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_BLOCK_ROWS", 8)
    blocks = list(row_blocks(count))
    assert [row for block in blocks for row in range(count)[block]] == list(range(count))
    assert all(2 <= block.stop - block.start <= 9 for block in blocks if count > 1)


def test_one_number_that_is_not_finite_is_found_in_any_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "_BLOCK_ROWS", 8)
    for row in (0, 9, 29):
        made = np.zeros((30, 2), np.float32)
        assert all_finite(made)
        made[row, 1] = np.inf
        assert not all_finite(made)
