"""What the decoder sees: pure, as often as the recipe says, never the token itself."""

from pathlib import Path

import numpy as np
import pytest
from token_fixtures import SPECIALS, make_file

from lingraft.corpus.token_files import Specials
from lingraft.errors import InputError
from lingraft.training.rebuilding import Rebuilder, Rebuilt, require_rebuildable
from lingraft.training.sampler import key

STARTS = np.arange(40) % 2 == 0  # even ids begin a word


def rows(count: int, length: int = 50) -> np.ndarray:
    ids = np.random.default_rng(1).integers(5, 40, (count, length))
    ids[:, 0], ids[:, -1] = 2, 3
    return ids


def rebuilt(
    ids: np.ndarray,
    probability: float = 0.5,
    starts: np.ndarray | None = None,
    real: np.ndarray | None = None,
    first: int = 0,
) -> Rebuilt:
    real = np.ones_like(ids, bool) if real is None else real
    keys = key(7, np.arange(first, first + len(ids)))
    return Rebuilder(probability, SPECIALS, starts).apply(ids, real, keys)


def off_diagonal(visible: np.ndarray) -> np.ndarray:
    """What ordinary places see of other ordinary places."""
    inner = visible[:, 1:-1, 1:-1]
    return inner[:, ~np.eye(inner.shape[1], dtype=bool)]


@pytest.mark.parametrize("starts", [None, STARTS])
def test_no_token_sees_itself_and_all_see_the_first(starts: np.ndarray | None) -> None:
    ids = rows(6)
    found = rebuilt(ids, starts=starts)
    diagonal = found.visible_NLL[:, np.arange(50), np.arange(50)]
    assert not diagonal[:, 1:].any()
    assert found.visible_NLL[:, :, 0].all()
    assert found.visible_NLL[:, :-1, -1].all()  # special tokens are never hidden
    assert np.array_equal(found.places_R, np.flatnonzero(~np.isin(ids, SPECIALS.special)))


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.5, 1.0])
def test_the_share_of_hidden_tokens(probability: float) -> None:
    seen = off_diagonal(rebuilt(rows(20), probability).visible_NLL)
    assert seen.mean() == pytest.approx(1.0 - probability, abs=0.01)


def test_each_token_sees_others() -> None:
    visible = rebuilt(rows(2)).visible_NLL
    inner = visible[:, 1:-1, 1:-1].reshape(-1, 48)
    agreement = [(inner[i] == inner[i + 1]).mean() for i in range(len(inner) - 1)]
    assert np.mean(agreement) == pytest.approx(0.5, abs=0.03)


def test_words_are_hidden_together() -> None:
    ids = rows(8)
    visible = rebuilt(ids, starts=STARTS).visible_NLL
    inside = np.flatnonzero(ids[0] % 2 == 1)
    inside = inside[(inside > 1) & (inside < 49)]  # after an ordinary token, so of its word
    places = np.arange(50)
    for place in inside:
        others = (places != place) & (places != place - 1)
        assert np.array_equal(visible[0, others, place], visible[0, others, place - 1])


def test_a_row_does_not_depend_on_its_batch() -> None:
    ids = rows(6)
    whole, part = rebuilt(ids), rebuilt(ids[4:], first=4)
    assert np.array_equal(whole.visible_NLL[4:], part.visible_NLL)
    assert not np.array_equal(whole.visible_NLL[0], whole.visible_NLL[1])


def test_padding_is_not_seen_and_sees_the_first_token() -> None:
    ids = rows(2)
    real = np.ones_like(ids, bool)
    real[1, 20:] = False
    found = rebuilt(ids, real=real)
    assert not found.visible_NLL[1, :, 20:].any()
    assert found.visible_NLL[1, 20:, 0].all()
    assert found.places_R.max() < 50 + 20


def test_a_text_must_begin_with_a_special_token(tmp_path: Path) -> None:
    bare = Specials(vocabulary_size=40, separator=3, mask=4, special=(3, 4))
    with pytest.raises(InputError, match=r"no special token .* in front of a text"):
        require_rebuildable("a", make_file(tmp_path, [[5, 6]], bare), None)


def test_sentences_without_spaces_are_no_words(tmp_path: Path) -> None:
    file = make_file(tmp_path, [[6] * 30, [8] * 20])
    require_rebuildable("a", file, None)
    require_rebuildable("a", file, STARTS)
    with pytest.raises(InputError, match="words of corpus a have 26 tokens on average"):
        require_rebuildable("a", file, ~STARTS & (np.arange(40) != 3))
