import numpy as np
import pytest

from lingraft.vectors.aligners.procrustes import Procrustes
from lingraft.vectors.alignment import align
from lingraft.vectors.correspondences import correspond
from lingraft.vectors.induction import (
    CommonSpace,
    Prediction,
    criterion,
    hold_out,
    induce,
    precision,
)
from lingraft.vectors.word_pairs import WordPair


def measure(planted, pairs: list[WordPair], folds: int = 5):
    matches = correspond(pairs, planted.source, planted.target)
    return hold_out(planted.source, planted.target, pairs, matches, Procrustes(), folds=folds)


def test_rotated_copy_is_translated_without_fault(plant) -> None:
    planted = plant()
    held = measure(planted, planted.pairs(0, 200))
    found = precision(held.predictions, 200)
    assert len(held.predictions) == 200
    assert found["nn"]["p_at_1_covered"] == found["csls"]["p_at_1_all"] == 1
    assert held.pair_cosine > 0.999 > held.random_cosine + 0.5
    assert all(p.best == p.gold[0] == p.source.replace("s", "t") for p in held.predictions)


def test_shuffled_dictionary_scores_at_chance(plant) -> None:
    planted = plant()
    order = np.random.default_rng(0).permutation(300)
    pairs = [WordPair(f"s{i}", f"t{j}") for i, j in enumerate(order)]
    found = precision(measure(planted, pairs).predictions, 300)
    assert found["nn"]["p_at_1_covered"] < 0.03  # chance is 1 of 400
    assert found["nn"]["p_at_10_covered"] < 0.10


def test_precision_rises_with_depth_and_uses_both_denominators(plant) -> None:
    planted = plant(noise=0.9)
    pairs = planted.pairs(0, 200) + [WordPair(f"unknown{i}", "t1") for i in range(50)]
    found = precision(measure(planted, pairs).predictions, 250)
    for how in ("nn", "csls"):
        depths = [found[how][f"p_at_{k}_covered"] for k in (1, 5, 10)]
        assert 0 < depths[0] < depths[1] < depths[2] < 1
        assert found[how]["p_at_1_all"] == pytest.approx(depths[0] * 200 / 250)


def test_any_listed_translation_counts_and_casings_share_a_fold(plant) -> None:
    planted = plant()
    pairs = [*planted.pairs(0, 200), WordPair("S3", "t200"), WordPair("s3", "t201")]
    held = measure(planted, pairs, folds=20)
    three = [p for p in held.predictions if p.source == "s3"]
    assert len(three) == 1 and three[0].gold == ("t3", "t200", "t201")
    assert three[0].nn_rank == 1


def test_held_out_words_are_not_in_the_fit(plant) -> None:
    """With directions that only one fold's words touch, held-out words cannot be right."""
    planted = plant(dimension=40)
    held = measure(planted, planted.pairs(0, 20), folds=2)
    fitted = align(planted.source, planted.target, planted.pairs(0, 20))
    space = CommonSpace(planted.source, planted.target, fitted)
    rows = np.arange(20)
    own = [planted.target.index[f"t{i}"] for i in rows]
    together = (space.source_NK[rows] * space.target_MK[own]).sum(1).mean()
    assert together > 0.99 > 0.9 > held.pair_cosine


def test_same_seed_same_folds(plant) -> None:
    planted = plant(noise=0.9)
    assert measure(planted, planted.pairs(0, 99)) == measure(planted, planted.pairs(0, 99))


def test_induced_translations_come_best_first(plant) -> None:
    planted = plant()
    fitted = align(planted.source, planted.target, planted.pairs(0, 200))
    space = CommonSpace(planted.source, planted.target, fitted)
    induced = induce(space, planted.source, planted.target, words=30, k=3)
    assert len(induced) == 90
    for i in range(30):
        three = induced[3 * i : 3 * i + 3]
        assert three[0][:2] == (f"s{i}", f"t{i}")
        assert three[0][2] >= three[1][2] >= three[2][2]


def test_no_prediction_is_no_precision() -> None:
    assert precision([], 0)["nn"]["p_at_1_covered"] == 0
    miss = Prediction("a", ("b",), ("tsv",), 0, 0, "c")
    assert precision([miss], 1)["csls"]["p_at_10_all"] == 0


def test_the_unsupervised_criterion_is_high_for_the_right_map_alone(plant) -> None:
    planted = plant(noise=0.1)
    right = align(planted.source, planted.target, planted.pairs(0, 200))
    order = np.random.default_rng(0).permutation(200)
    wrong = [WordPair(f"s{i}", f"t{j}") for i, j in enumerate(order)]
    sides = planted.source, planted.target
    good, bad = (criterion(CommonSpace(*sides, made)) for made in (right, align(*sides, wrong)))
    assert good > 0.98 and bad < good - 0.2


def test_guesses_from_spelling_are_never_gold(plant) -> None:
    """They are held out with the dictionary's pairs of their word; the folds stay the same."""
    planted = plant(words=100, noise=0.3)
    gold = planted.pairs(0, 40)
    wrong = [WordPair(f"s{i}", f"t{i + 1}", 0.001, "cognates", False) for i in range(30, 60)]
    right = [WordPair(f"s{i}", f"t{i}", 1.0, "cognates", False) for i in range(60, 100)]

    alone, more = measure(planted, gold), measure(planted, [*gold, *wrong, *right])
    assert [p.source for p in more.predictions] == [p.source for p in alone.predictions]
    assert all(p.gold == (f"t{p.source[1:]}",) for p in more.predictions)
    assert more.pair_cosine > alone.pair_cosine
    only_guesses = measure(planted, [*wrong, *right]).predictions
    assert {p.source for p in only_guesses} == {f"s{i}" for i in range(30, 100)}
