"""Self-learning on a planted space of clusters, against figures of the official VecMap.

The figures are those of its commit b82246f, `--semi_supervised` and `--unsupervised`, on the same
vectors (NumPy's PCG64 is the same everywhere): objectives .9961585 at noise 0.1 and .7986953 at
noise 0.9, where P@1 is 64.1 by cosine and 81.1 by CSLS; without pairs .7986989, 64.0 and 80.8.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lingraft.errors import InputError
from lingraft.numeric.rows import unit_rows
from lingraft.vectors import fit_state, learned_maps, self_learning
from lingraft.vectors.aligners.auto import Auto
from lingraft.vectors.aligners.self_learning import SelfLearning
from lingraft.vectors.alignment import align
from lingraft.vectors.fitting import Maps, Problem
from lingraft.vectors.normalization import PRESETS, mean_before_centering, normalize
from lingraft.vectors.retrieval import csls_nearest, mean_similarity
from lingraft.vectors.self_learning import Learned, Learner, Schedule
from lingraft.vectors.vectorset import VectorSet

FEW = {"patience": 4}  # enough for small spaces


def generated(words: int, noise: float, dimension: int = 40) -> tuple[Problem, np.ndarray]:
    """Both sides of the generator, and the row of each source word's translation."""
    generator = np.random.default_rng(0)
    spectrum = np.linspace(1, 0.25, dimension)
    centers = generator.normal(size=(20, dimension)) * spectrum
    # In the order in which the official program's vectors were drawn.
    source = centers[generator.integers(0, 20, words)]
    source = source + 0.6 * generator.normal(size=(words, dimension)) * spectrum
    return _sides(source, noise, spectrum, generator)


def _sides(
    source: np.ndarray, noise: float, spectrum: np.ndarray, generator: np.random.Generator
) -> tuple[Problem, np.ndarray]:
    words, dimension = source.shape
    rotation = np.linalg.qr(generator.normal(size=(dimension, dimension)))[0]
    target = (source + noise * generator.normal(size=source.shape) * spectrum) @ rotation
    order = generator.permutation(words)
    steps = PRESETS["vecmap"]
    sides = [
        normalize(side, steps, mean_before_centering(side, steps))
        for side in (source.astype(np.float32), target[order].astype(np.float32))
    ]
    nothing = np.zeros(0, np.int64)
    return Problem(*sides, nothing, nothing, np.zeros(0)), np.argsort(order)


def shown(problem: Problem, gold: np.ndarray, pairs: int) -> Problem:
    rows = np.arange(pairs)
    return replace(
        problem, source_P=rows, target_P=gold[:pairs], weights_P=np.ones(pairs), known_pairs=pairs
    )


def precision(problem: Problem, gold: np.ndarray, maps: Maps) -> tuple[float, float]:
    """P@1 by cosine and by CSLS."""
    source = unit_rows((problem.source_NE @ maps.source_EK).astype(np.float32))
    target = unit_rows((problem.target_ME @ maps.target_EK).astype(np.float32))
    hubness = mean_similarity(target, source, 10)
    by_csls = csls_nearest(source, target, hubness, 1)[0][:, 0]
    by_cosine = (source @ target.T).argmax(axis=1)
    return float((by_cosine == gold).mean()), float((by_csls == gold).mean())


def test_25_pairs_are_enough() -> None:
    problem, gold = generated(200, 0.1, dimension=16)
    maps = SelfLearning(**FEW).fit(shown(problem, gold, 25))
    assert precision(problem, gold, maps) == (1.0, 1.0)
    assert maps.uses_pairs and not maps.failure and "warning" not in maps.facts
    assert maps.facts["start_pairs"] == 25 and maps.pairs == 400
    compared = maps.facts["compared"]
    assert compared["objective"] > max(compared["random_objectives"]) + 0.05


@pytest.mark.slow
def test_figures_are_those_of_the_official_program() -> None:
    for noise, objective, by_cosine, by_csls in (
        (0.1, 0.9961585, 1.0, 1.0),
        (0.9, 0.7986953, 0.641, 0.811),
    ):
        problem, gold = generated(800, noise)
        maps = SelfLearning().fit(shown(problem, gold, 25))
        assert maps.facts["objective"] == pytest.approx(objective, abs=1e-4)
        found = precision(problem, gold, maps)
        assert found == pytest.approx((by_cosine, by_csls), abs=0.01)


def test_without_probability_each_iteration_is_that_of_the_plain_algorithm() -> None:
    problem, gold = generated(150, 0.5, dimension=12)
    first = shown(problem, gold, 25)
    x, z = (unit_rows(side).astype(np.float64) for side in (first.source_NE, first.target_ME))
    rows = first.source_P, first.target_P
    learner = Learner(first, 20_000, Schedule(probability=1.0))
    now = Learned(*rows, probability=1.0)
    for _ in range(6):
        left, _, right = np.linalg.svd(x[rows[0]].T @ z[rows[1]])
        cosines = x @ left @ right @ z.T
        half_source = np.sort(cosines, axis=1)[:, -10:].mean(axis=1) / 2
        half_target = np.sort(cosines, axis=0)[-10:].mean(axis=0) / 2
        forward = (cosines - half_target).argmax(axis=1)
        backward = (cosines - half_source[:, None]).argmax(axis=0)
        every = np.arange(150)
        rows = np.concatenate([every, backward]), np.concatenate([forward, every])
        now = learner._next(now)
        assert np.array_equal(now.source_P, rows[0]) and np.array_equal(now.target_P, rows[1])
        objective = (cosines.max(axis=0).mean() + cosines.max(axis=1).mean()) / 2
        assert now.objective == pytest.approx(objective, abs=1e-6)


def test_each_iteration_takes_the_words_of_the_drawn_ranks() -> None:
    """Same draws, same dictionary; the memory of the last iteration's means changes nothing."""
    problem, gold = generated(150, 0.5, dimension=12)
    learner = Learner(shown(problem, gold, 25), 20_000, Schedule(probability=0.1))
    x, z = (unit_rows(side).astype(np.float64) for side in (problem.source_NE, problem.target_ME))
    now = Learned(np.arange(25), gold[:25], probability=0.1)
    for _ in range(4):
        left, _, right = np.linalg.svd(x[now.source_P].T @ z[now.target_P])
        cosines = x @ left @ right @ z.T
        half_source = np.sort(cosines, axis=1)[:, -10:].mean(axis=1) / 2
        half_target = np.sort(cosines, axis=0)[-10:].mean(axis=0) / 2
        forward, backward = (
            ranks.numpy() for ranks in learner._draws(now.iteration + 1, 0.1, (150,) * 2)
        )
        by_source = (half_target - cosines).argsort(axis=1)[np.arange(150), forward - 1]
        by_target = (half_source - cosines.T).argsort(axis=1)[np.arange(150), backward - 1]
        now = learner._next(now)
        assert np.array_equal(now.target_P[:150], by_source)
        assert np.array_equal(now.source_P[150:], by_target)


def test_a_drawn_rank_has_the_law_of_a_mask_for_each_entry() -> None:
    generator = np.random.default_rng(0)
    # Entry number r of a sorted row is the best that is kept: r - 1 were dropped.
    masks = generator.random((40_000, 60)) < 0.3
    by_mask = np.where(masks.any(axis=1), masks.argmax(axis=1) + 1, 60)
    problem, _ = generated(60, 0.1, dimension=8)
    learner = Learner(problem, 60, Schedule())
    drawn = np.concatenate(
        [learner._draws(iteration, 0.3, (20_000, 60))[0] for iteration in (1, 2)]
    )
    for rank in range(1, 9):
        # The standard error of each share is at most .0023.
        assert abs(np.mean(by_mask == rank) - np.mean(drawn == rank)) < 0.012


def test_iterations_that_change_nothing_are_counted_and_not_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem, gold = generated(100, 0.2, dimension=10)
    schedule = Schedule(probability=1.0, patience=40)
    first = Learned(np.arange(25), gold[:25], probability=1.0)
    following = Learner._next
    made: list[int] = []

    def counted(learner: Learner, now: Learned) -> Learned:
        made.append(now.iteration)
        return following(learner, now)

    monkeypatch.setattr(Learner, "_next", counted)
    short = Learner(shown(problem, gold, 25), 100, schedule).learn(first)
    assert len(made) < 40 < short.iteration
    monkeypatch.setattr(self_learning, "_is_fixed", lambda before, after: False)
    made.clear()
    whole = Learner(shown(problem, gold, 25), 100, schedule).learn(first)
    assert len(made) == whole.iteration + 1 and whole.iteration == short.iteration
    assert np.array_equal(whole.target_P, short.target_P)
    assert whole.objective == pytest.approx(short.objective, abs=1e-7)


def test_no_pair_is_needed_where_both_spaces_have_one_shape() -> None:
    problem, gold = generated(200, 0.1, dimension=16)
    maps = SelfLearning(start="unsupervised", **FEW).fit(problem)
    assert precision(problem, gold, maps)[1] > 0.95
    assert not maps.uses_pairs and not maps.failure


def test_spaces_without_a_common_shape_are_refused() -> None:
    source, _ = generated(200, 0.0, dimension=16)
    noise = np.random.default_rng(1).normal(size=(200, 16)).astype(np.float32)
    problem = replace(source, target_ME=unit_rows(noise))
    maps = SelfLearning(start="unsupervised", **FEW).fit(problem)
    assert "found no translation" in maps.failure and maps.facts["warning"] == maps.failure
    warned = SelfLearning(start="unsupervised", refuse=False, **FEW).fit(problem)
    assert not warned.failure and "found no translation" in warned.facts["warning"]
    sides = (
        VectorSet([f"{name}{i}" for i in range(200)], np.asarray(vectors, np.float32))
        for name, vectors in (("s", problem.source_NE), ("t", problem.target_ME))
    )
    with pytest.raises(InputError, match="is hardly above"):
        align(*sides, [], SelfLearning(start="unsupervised", **FEW))


def test_a_killed_job_resumes_to_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, gold = generated(150, 0.3, dimension=12)
    settings = SelfLearning(keep_probability=0.3, **FEW)
    whole = settings.fit(shown(problem, gold, 25))
    first = replace(shown(problem, gold, 25), state=tmp_path / "state")
    monkeypatch.setattr(fit_state, "_SECONDS", 0.0)
    following = Learner._next
    made = []

    def killed(learner: Learner, now: Learned) -> Learned:
        if now.iteration == 7:
            raise KeyboardInterrupt
        made.append(now.iteration)
        return following(learner, now)

    monkeypatch.setattr(Learner, "_next", killed)
    with pytest.raises(KeyboardInterrupt):
        settings.fit(first)
    (kept,) = (tmp_path / "state").iterdir()
    made.clear()
    monkeypatch.setattr(
        Learner, "_next", lambda learner, now: made.append(now.iteration) or following(learner, now)
    )
    resumed = settings.fit(first)
    assert made[0] == 7
    assert np.array_equal(resumed.source_EK, whole.source_EK) and resumed.facts == whole.facts
    kept.write_bytes(b"damaged")
    made.clear()
    assert settings.fit(first).facts == whole.facts and made[0] == 0
    # Another question has another state, and what is not ours stays.
    (tmp_path / "state" / "other").touch()
    SelfLearning(keep_probability=0.4, **FEW).fit(first)
    assert len(list((tmp_path / "state").glob("*.npz"))) == 2
    fit_state.forget(tmp_path / "state")
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["other"]


def test_frequent_words_alone_are_learned_and_rare_pairs_may_start() -> None:
    problem, gold = generated(200, 0.1, dimension=16)
    rows = np.concatenate([np.arange(15), np.arange(170, 200)])
    first = replace(
        shown(problem, gold, 0), source_P=rows, target_P=gold[rows], known_pairs=len(rows)
    )
    maps = SelfLearning(learned_words=150, **FEW).fit(first)
    assert maps.pairs == 300 and precision(problem, gold, maps)[1] > 0.5


def test_letters_give_a_first_dictionary() -> None:
    problem, gold = generated(200, 0.1, dimension=16)
    source = [str(i) if i < 20 else f"{'same' if i < 150 else 's'}{i}" for i in range(200)]
    target = [""] * 200
    for i, row in enumerate(gold):
        target[row] = source[i] if i < 150 else f"t{i}"
    named = replace(problem, source_words=source, target_words=target)
    for start, pairs in (("identical", 150), ("numerals", 20)):
        maps = SelfLearning(start=start, **FEW).fit(named)
        assert maps.facts["start_pairs"] == pairs and precision(named, gold, maps)[1] > 0.95
        assert not maps.uses_pairs


@pytest.mark.parametrize(
    ("pairs", "same", "method", "start"),
    [
        (100, 0, "vecmap", None),
        (99, 0, "self-learning", "dictionary"),
        (24, 100, "self-learning", "identical"),
        (24, 99, "self-learning", "unsupervised"),
    ],
)
def test_auto_goes_by_the_number_of_pairs(
    monkeypatch: pytest.MonkeyPatch, pairs: int, same: int, method: str, start: str | None
) -> None:
    monkeypatch.setattr(learned_maps, "_MANY_PAIRS", 100)
    problem, gold = generated(200, 0.1, dimension=16)
    words = [f"w{i}" for i in range(200)]
    named = replace(problem, source_words=words, target_words=[w.upper() for w in words])
    named.target_words[:same] = words[:same]
    maps = Auto(refuse=False, **FEW).fit(shown(named, gold, pairs))
    assert maps.facts["method"] == method and maps.facts.get("start") == start
    assert str(pairs) in maps.facts["why"]
    assert ("warning" in maps.facts) or start != "unsupervised"


def test_many_pairs_are_five_times_the_dimension() -> None:
    problem, gold = generated(200, 0.1, dimension=16)
    known = replace(shown(problem, gold, 150), known_pairs=2000)
    assert Auto().fit(known).facts["method"] == "vecmap"


def test_bad_input_is_one_line() -> None:
    problem, gold = generated(200, 0.1, dimension=16)
    with pytest.raises(InputError, match="needs at least 25 usable pairs; there are 24"):
        SelfLearning().fit(shown(problem, gold, 24))
    with pytest.raises(InputError, match="spell the same; there are 0"):
        SelfLearning(start="numerals").fit(problem)
    broken = problem.source_NE.copy()
    broken[3, 3] = np.nan
    with pytest.raises(InputError, match="source vectors of the alignment have NaN"):
        SelfLearning(start="unsupervised").fit(replace(problem, source_NE=broken))
    with pytest.raises(InputError, match="target vectors of the alignment have no word"):
        SelfLearning(start="unsupervised").fit(replace(problem, target_ME=broken[:0]))
    # A fold of 25 pairs has 20, and is fitted as the whole is.
    assert SelfLearning(**FEW).fit(replace(shown(problem, gold, 20), known_pairs=25)).pairs == 400
