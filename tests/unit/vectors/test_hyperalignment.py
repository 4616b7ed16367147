import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lingraft.numeric.rows import unit_rows
from lingraft.vectors.aligners.aligner import Aligner
from lingraft.vectors.aligners.hyperalignment import Hyperalignment
from lingraft.vectors.aligners.procrustes import Procrustes
from lingraft.vectors.alignment import Alignment, Partner, fit
from lingraft.vectors.correspondences import correspond
from lingraft.vectors.fitting import Problem
from lingraft.vectors.hyperalignment import fit_jointly, gather, spread, turn_each
from lingraft.vectors.multilingual import merge_spaces
from lingraft.vectors.vectorset import VectorSet

JOINT = Hyperalignment(jointly=["other"], rounds=5)


def rotation(dimension: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(dimension, dimension)))[0]


def languages(noise: float = 0.0, seed: int = 0, words: int = 40, dimension: int = 5) -> Problem:
    """A source and two targets: words 0-19 have a translation in one, 10-29 in the other."""
    generator = np.random.default_rng(seed)
    source = generator.normal(size=(words, dimension))
    sides = [
        (source + noise * generator.normal(size=source.shape)) @ rotation(dimension, seed + number)
        for number in (1, 2)
    ]
    rows = np.arange(20), np.arange(10, 30)
    other = Problem(source, sides[1], rows[1], rows[1], np.ones(20))
    return Problem(source, sides[0], rows[0], rows[0], np.ones(20), partners=[other])


@given(st.integers(0, 10**6))
@settings(max_examples=20)
def test_copies_meet_exactly(seed: int) -> None:
    made = languages(seed=seed)
    found = fit_jointly(made, rounds=1)
    assert np.allclose(made.target_ME @ found.target_EK, made.source_NE, atol=1e-8)
    assert found.facts["spread"] < 1e-12 and found.facts["languages"] == 3
    assert found.facts["concepts"] == 30 and np.array_equal(found.source_EK, np.eye(5))


@given(st.integers(0, 10**6), st.floats(0.1, 3))
@settings(max_examples=20)
def test_no_round_makes_the_spread_larger(seed: int, noise: float) -> None:
    made = languages(noise, seed)
    concepts = gather(made)
    maps = np.stack([rotation(5, seed + number) for number in range(3)])
    last = spread(concepts, maps)
    for _ in range(5):
        maps = turn_each(concepts, maps)
        assert np.allclose(maps @ maps.transpose(0, 2, 1), np.eye(5))
        assert spread(concepts, maps) <= last + 1e-9
        last = spread(concepts, maps)


def test_without_partners_it_is_procrustes() -> None:
    made = languages(noise=0.5)
    alone = Problem(made.source_NE, made.target_ME, made.source_P, made.target_P, made.weights_P)
    map_EE = Procrustes().fit(alone).source_EK
    assert np.allclose(fit_jointly(alone, rounds=3).target_EK, map_EE.T, atol=1e-6)


def test_several_translations_stand_at_their_weighted_mean() -> None:
    source, target = np.random.default_rng(0).normal(size=(2, 6, 3))
    rows = np.array([4, 4, 1]), np.array([0, 1, 2])
    concepts = gather(Problem(source, target, *rows, np.array([1.0, 3.0, 2.0])))
    assert np.allclose(concepts.places_LCE[0], source[[1, 4]])
    assert np.allclose(concepts.places_LCE[1], [target[2], target[0] / 4 + target[1] * 3 / 4])
    assert concepts.weights_C.tolist() == [2, 4] and (concepts.known_LC == 1).all()


def test_both_alignments_of_a_group_are_one_solution() -> None:
    """Whichever of the languages asks, the joint solution is the same."""
    made = languages(noise=0.5)
    (other,) = made.partners
    alone = Problem(made.source_NE, made.target_ME, made.source_P, made.target_P, made.weights_P)
    turned = Problem(
        other.source_NE,
        other.target_ME,
        other.source_P,
        other.target_P,
        other.weights_P,
        partners=[alone],
    )
    first, second = (fit_jointly(each, rounds=300) for each in (made, turned))
    assert first.facts["spread"] == pytest.approx(second.facts["spread"])
    assert first.facts["spread"] <= first.facts["spread_before"]


def three_languages(plant) -> tuple[VectorSet, list[Partner]]:
    """Two targets whose spaces are noisy in the same way: what they share, the source lacks."""
    planted = plant(noise=0.6)
    generator = np.random.default_rng(7)
    words = [f"u{word[1:]}" for word in planted.target.words]
    own = 0.2 * generator.normal(size=planted.target.vectors_WE.shape)
    moved = ((planted.target.vectors_WE + own) @ rotation(20, 8)).astype(np.float32)
    third = VectorSet(words, moved, language="deu_Latn")
    found = []
    for target, letter, start in ((planted.target, "t", 0), (third, "u", 20)):
        pairs = [
            pair._replace(target=f"{letter}{pair.source[1:]}")
            for pair in planted.pairs(start, start + 40)
        ]
        found.append((target, correspond(pairs, planted.source, target)))
    return planted.source, found


def closeness(source: VectorSet, targets: list[tuple[VectorSet, Alignment]]) -> float:
    """Mean cosine of translations of two target languages whose words no dictionary has."""
    merged = merge_spaces(source, targets)
    first, second = (
        unit_rows(merged.vectors_of([f"{code}:{letter}{i}" for i in range(100, 400)]))
        for code, letter in (("swh", "t"), ("deu", "u"))
    )
    return float((first * second).sum(axis=1).mean())


def test_target_languages_that_never_met_come_nearer(plant) -> None:
    source, sides = three_languages(plant)

    def aligned(settings: Aligner, joint: bool) -> float:
        done = []
        for number, (target, matches) in enumerate(sides):
            partners = [sides[1 - number]] if joint else []
            done.append((target, fit(source, target, matches, settings, partners=partners)))
        return closeness(source, done)

    apart = aligned(Procrustes(), joint=False)
    assert aligned(JOINT, joint=True) > apart + 0.02


def test_partners_may_have_more_dimensions(plant) -> None:
    source, (first, second) = three_languages(plant)
    wider = np.hstack([second[0].vectors_WE, np.zeros((len(second[0]), 3), np.float32)])
    partner = VectorSet(second[0].words, wider, language="deu_Latn"), second[1]
    found = fit(source, *first, JOINT, partners=[partner])
    assert found.target_map_EK.shape == (20, 20)


def test_it_names_its_partners() -> None:
    with pytest.raises(ValidationError, match="jointly"):
        Hyperalignment(jointly=[])
    assert JOINT.partners == ("other",) and Procrustes().partners == ()
