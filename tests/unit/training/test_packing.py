"""Rows lose no token, and best fit fills them well."""

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from token_fixtures import counting, make_file

from lingraft.corpus.token_files import Specials
from lingraft.training.packing import BestFit, Concatenated, best_fit


def numbers(*values: int) -> np.ndarray:
    return np.array(values, np.uint64)


def test_concatenated_rows_of_an_epoch_hold_every_token(tmp_path: Path) -> None:
    file = make_file(tmp_path, counting(100))
    packing = Concatenated(file, width=9, seed=1)
    for epoch in range(3):
        rows = numbers(*range(packing.count))
        read = packing.read(rows, np.full_like(rows, epoch), with_documents=False)
        counts = np.bincount(read.ids_NW.ravel(), minlength=40)
        needed = np.bincount(file.tokens_N, minlength=40)
        assert (counts >= needed).all()
        assert counts.sum() - needed.sum() < 9  # only the last row runs on into the first


def test_epochs_cut_at_other_places(tmp_path: Path) -> None:
    packing = Concatenated(make_file(tmp_path, counting(100)), width=9, seed=1)
    rows = packing.read(numbers(0, 0), numbers(0, 1), with_documents=False)
    assert not np.array_equal(rows.ids_NW[0], rows.ids_NW[1])


def test_documents_of_tokens(tmp_path: Path) -> None:
    packing = BestFit(make_file(tmp_path, [[5, 6], [7], [8, 9, 10]]), width=5)
    rows = packing.read(numbers(1, 0), numbers(0, 0), with_documents=True)
    assert rows.ids_NW[0].tolist() == [5, 6, 3, 7, 3]
    assert rows.documents_NW is not None
    assert rows.documents_NW[0].tolist() == [0, 0, 0, 1, 1]
    assert rows.lengths_N.tolist() == [5, 4]


@given(lengths=st.lists(st.integers(1, 20), min_size=1, max_size=80), width=st.integers(20, 40))
@settings(max_examples=80)
def test_best_fit_overfills_no_row_and_wastes_little(lengths: list[int], width: int) -> None:
    lengths_P = np.array(lengths)
    rows_P = best_fit(lengths_P, width)
    fill = np.bincount(rows_P, weights=lengths_P)
    assert fill.max() <= width
    lower_bound = -(-sum(lengths) // width)
    assert len(fill) <= 1.5 * lower_bound + 1  # best-fit decreasing needs at most 11/9 OPT + 4


def test_best_fit_keeps_documents_whole_and_loses_none(tmp_path: Path) -> None:
    documents = [[5] * 4, [6] * 9, [7] * 3, [8] * 25, [9] * 2]
    file = make_file(tmp_path, documents)
    packing = BestFit(file, width=10)
    rows = packing.read(numbers(*range(packing.count)), numbers(*[0] * packing.count), True)
    kept = [ids[:n] for ids, n in zip(rows.ids_NW, rows.lengths_N, strict=True)]
    assert sorted(np.concatenate(kept).tolist()) == sorted(file.tokens_N.tolist())
    for token in (5, 6, 7, 9):
        assert sum(token in ids for ids in kept) == 1


def test_documents_have_rows_of_their_own(tmp_path: Path) -> None:
    """As the tokenizer frames them: the separator is left out where the suffix is the same."""
    documents = [[5, 6], [], [7], list(range(8, 15))]
    packing = BestFit(make_file(tmp_path, documents), width=5, apart=True)
    read = packing.read(numbers(*range(packing.count)), numbers(0, 0, 0, 0), with_documents=True)
    rows = [row[:length].tolist() for row, length in zip(read.ids_NW, read.lengths_N, strict=True)]
    assert rows == [[5, 6], [7], [8, 9, 10, 11, 12], [13, 14]]
    bare = Specials(vocabulary_size=40, separator=3, special=(0, 1, 2, 3))
    packing = BestFit(make_file(tmp_path / "bare", [[5, 6]], bare), width=5, apart=True)
    assert packing.read(numbers(0), numbers(0), with_documents=False).lengths_N.tolist() == [3]
