"""Wasserstein-Procrustes: a rotated copy is found without a pair, and nothing is not."""

from dataclasses import replace
from itertools import permutations

import numpy as np
from tests.unit.vectors.test_learned_maps import generated, precision

from lingraft.numeric.rows import unit_rows
from lingraft.vectors.aligners.wasserstein import Wasserstein
from lingraft.vectors.wasserstein import Batches, best_matching, turn

SMALL = {"first_batch": 100, "first_steps": 40, "epochs": 2}


def test_a_rotated_space_is_found_without_pairs() -> None:
    problem, gold = generated(300, 0.1, dimension=16)
    maps = Wasserstein(**SMALL).fit(problem)
    assert precision(problem, gold, maps)[1] == 1
    assert not maps.failure and not maps.uses_pairs
    assert np.allclose(maps.source_EK @ maps.source_EK.T, np.eye(16))
    assert maps.facts["cost"]["last batches"] <= maps.facts["cost"]["first batches"]


def test_noise_is_refused_unless_a_warning_is_enough() -> None:
    problem, _ = generated(300, 50.0, dimension=16)
    refused = Wasserstein(**SMALL).fit(problem)
    assert "found no translation" in refused.failure
    warned = Wasserstein(**SMALL, refuse=False).fit(problem)
    assert not warned.failure and "found no translation" in warned.facts["warning"]


def test_only_matched_words_are_drawn_and_no_step_is_no_turn() -> None:
    problem, _ = generated(300, 0.1, dimension=16)
    asked = Wasserstein(**SMALL, matched_words=100, step_size=1e-9)
    far = np.concatenate([problem.source_NE[:100], np.full((200, 16), 9.0, np.float32)])
    batches = Batches(asked.matched_words, 50, 4, 1, asked.step_size)
    found, cost = turn(problem, np.eye(16), batches, seed=0)
    again, same = turn(replace(problem, source_NE=far), np.eye(16), batches, seed=0)
    assert np.allclose(found, np.eye(16)) and np.array_equal(found, again) and cost == same


def test_a_matching_is_the_best_of_all() -> None:
    generator = np.random.default_rng(0)
    source, target = (unit_rows(generator.normal(size=(5, 3)).astype(np.float32)) for _ in "ab")
    matched, cost = best_matching(source, target)
    costs = [1 - (source * target[list(order)]).sum(1).mean() for order in permutations(range(5))]
    assert sorted(matched) == list(range(5)) and abs(cost - min(costs)) < 1e-6


def test_batches_turn_a_map_towards_the_right_one() -> None:
    problem, gold = generated(200, 0.05, dimension=8)
    left, _, right = np.linalg.svd(problem.source_NE.T @ problem.target_ME[gold])
    right_one = left @ right
    skew = np.random.default_rng(1).normal(size=(8, 8)) * 0.1
    start = np.linalg.qr(right_one + skew)[0]
    start *= np.sign(np.diag(start.T @ right_one))
    found, _ = turn(problem, start, Batches(200, 200, 30, 1), seed=0)
    assert np.linalg.norm(found - right_one) < 0.5 * np.linalg.norm(start - right_one)
