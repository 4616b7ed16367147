"""Masks: exact share, exact recipe, pure, whole words together, never on special tokens."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from token_fixtures import SPECIALS

from lingraft.config.pretraining import Masking
from lingraft.corpus.token_files import Specials
from lingraft.errors import InputError
from lingraft.training.masking import Masked, Masker, replace_hidden
from lingraft.training.sampler import key


def rows(count: int, length: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(5, 40, (count, length))


def predicted(masked: Masked) -> np.ndarray:
    chosen = np.zeros(masked.ids_NL.shape, bool)
    chosen.ravel()[masked.positions_P] = True
    return chosen


def keys(count: int, seed: int = 7) -> np.ndarray:
    return key(seed, np.arange(count))


@given(length=st.integers(8, 80), probability=st.floats(0.05, 0.6), seed=st.integers(0, 1000))
@settings(max_examples=50)
def test_every_row_predicts_its_exact_share(length: int, probability: float, seed: int) -> None:
    ids = rows(4, length, seed)
    ids[:, 3] = 3  # a separator
    masked = Masker(Masking(probability=probability), SPECIALS).apply(
        ids, np.ones_like(ids, bool), keys(4, seed)
    )
    expected = max(1, round(probability * (length - 1)))
    assert (predicted(masked).sum(axis=1) == expected).all()
    assert not predicted(masked)[:, 3].any()
    assert np.array_equal(masked.ids_NL[~predicted(masked)], ids[~predicted(masked)])


def test_recipe_of_80_10_10() -> None:
    ids = rows(400, 200)
    masked = Masker(Masking(), SPECIALS).apply(ids, np.ones_like(ids, bool), keys(400))
    new, old = masked.ids_NL[predicted(masked)], ids[predicted(masked)]
    assert np.mean(new == SPECIALS.mask) == pytest.approx(0.8, abs=0.015)
    random_or_kept = new[new != SPECIALS.mask]
    assert np.mean(new == old) == pytest.approx(0.1 + 0.1 / 35, abs=0.012)
    assert not np.isin(random_or_kept, SPECIALS.special).any()
    assert set(np.unique(random_or_kept)) == set(range(5, 40))


def test_what_is_read_in_place_of_a_hidden_token() -> None:
    draws = np.array([0.0, 0.79, 0.8, 0.89, 0.9, 0.99])
    read = replace_hidden(np.arange(6), draws, np.full(6, 77), 99, Masking())
    assert read.tolist() == [99, 99, 77, 77, 4, 5]


def test_positions_are_uniform() -> None:
    ids = rows(4000, 20)
    masked = Masker(Masking(), SPECIALS).apply(ids, np.ones_like(ids, bool), keys(4000))
    assert predicted(masked).mean(axis=0) == pytest.approx(np.full(20, 0.15), abs=0.03)


def test_a_row_is_masked_alike_in_any_company() -> None:
    ids, masker = rows(6, 30), Masker(Masking(), SPECIALS)
    whole = masker.apply(ids, np.ones_like(ids, bool), keys(6))
    alone = masker.apply(ids[4:5], np.ones((1, 30), bool), keys(6)[4:5])
    assert np.array_equal(whole.ids_NL[4], alone.ids_NL[0])


def test_whole_words_stay_together() -> None:
    word_starts = np.zeros(40, bool)
    word_starts[5:20] = True  # ids from 20 on continue a word
    ids = rows(50, 60)
    masker = Masker(
        Masking(whole_words=True, mask_share=1.0, random_share=0.0), SPECIALS, word_starts
    )
    masked = masker.apply(ids, np.ones_like(ids, bool), keys(50))
    continues = ids[:, 1:] >= 20
    assert (predicted(masked)[:, 1:] == predicted(masked)[:, :-1])[continues].all()
    assert predicted(masked).mean() == pytest.approx(0.15, abs=0.05)


def test_padding_and_rows_without_ordinary_tokens_are_left_alone() -> None:
    ids = np.full((2, 10), 3)
    ids[0, :4] = 9
    real = np.zeros_like(ids, bool)
    real[0, :4] = real[1, :2] = True
    masked = Masker(Masking(), SPECIALS).apply(ids, real, keys(2))
    assert predicted(masked)[0].sum() == 1
    assert not predicted(masked)[0, 4:].any()
    assert not predicted(masked)[1].any()


def test_needs_a_mask_token() -> None:
    with pytest.raises(InputError, match="no mask token"):
        Masker(Masking(), Specials(vocabulary_size=9, separator=1))
