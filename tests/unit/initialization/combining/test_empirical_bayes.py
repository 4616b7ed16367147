"""Strengths of a mixture from unseen pairs: a slow program, planted truths, the posterior mean."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from lingraft.initialization.combining import empirical_bayes
from lingraft.initialization.combining.empirical_bayes import buckets, estimate_strengths
from lingraft.initialization.combining.mixing import is_prior, posterior_mean
from lingraft.initialization.trial import Trial
from lingraft.initialization.weights import LowRank, Provenance, Weights

TARGETS, SOURCES = 12, 8
COUNTS = [0.0, 0.5, 2.0, 5.0, 20.0, 80.0]  # one of each bucket


def rows_of(random, targets=TARGETS, sources=SOURCES, empty=0.2):
    """Random distributions, some of them missing."""
    matrix = random.random((targets, sources)) * (random.random((targets, sources)) < 0.6)
    matrix[random.random(targets) < empty] = 0
    sums = matrix.sum(axis=1, keepdims=True)
    return csr_array(matrix / np.where(sums > 0, sums, 1))


def trial_of(random, places=30):
    """A random trial: counts of every bucket, and places that several target tokens may pick."""
    matrix = rows_of(random, empty=0).toarray()
    counts_T = np.resize(COUNTS, TARGETS)
    base_S = random.random(SOURCES) + 0.1
    sizes = random.integers(1, 4, places)
    return Trial(
        csr_array(matrix * counts_T[:, None]),
        base_S / base_S.sum(),
        random.integers(0, TARGETS, sizes.sum()),
        np.repeat(random.integers(0, SOURCES, places), sizes),
        np.repeat(random.permutation(places), sizes),
    )


def slow_shares(trial, others, steps):
    """The shares by bucket after each step, and the log-likelihoods before it, with loops."""
    counts = trial.counts_TS.toarray()
    sums = counts.sum(axis=1)
    matrices = [counts / np.where(sums > 0, sums, 1)[:, None], *(each.toarray() for each in others)]
    methods = len(matrices) + 1
    cells = list(zip(trial.targets_C, trial.sources_C, trial.places_C, strict=True))
    values = [
        [m[t, s] if m[t].any() else trial.base_S[s] for m in matrices] + [trial.base_S[s]]
        for t, s, _ in cells
    ]
    shares = [[1 / methods] * methods for _ in range(6)]
    likelihoods = []
    for _ in range(steps):
        totals = {}
        for (t, _, place), each in zip(cells, values, strict=True):
            of = shares[buckets(sums[t])]
            totals[place] = totals.get(place, 0.0) + sum(map(math.prod, zip(of, each, strict=True)))
        likelihoods.append(sum(map(math.log, totals.values())))
        mass = [[0.0] * methods for _ in range(6)]
        for (t, _, place), each in zip(cells, values, strict=True):
            b = buckets(sums[t])
            for k in range(methods):
                mass[b][k] += shares[b][k] * each[k] / totals[place]
        common = [sum(row[k] for row in mass) / len(totals) for k in range(methods)]
        lean = empirical_bayes._COMMON
        shares = [
            [(row[k] + lean * common[k]) / (sum(row) + lean) for k in range(methods)]
            for row in mass
        ]
    return np.array(shares), likelihoods


@given(seed=st.integers(0, 10_000))
@settings(max_examples=5)
def test_strengths_are_those_of_a_slow_program(seed):
    random = np.random.default_rng(seed)
    trial, others = trial_of(random), [rows_of(random), rows_of(random)]
    shares, _ = slow_shares(trial, others, empirical_bayes._STEPS)
    counts_T = np.asarray(trial.counts_TS.sum(axis=1)).ravel()
    expected = shares[:, 1:].copy()
    for b in range(6):
        behind = [counts_T[t] for t in trial.targets_C if buckets(counts_T[t]) == b]
        if sum(behind) > 0:
            expected[b] *= np.mean(behind) / max(shares[b, 0], empirical_bayes._FLOOR)
    found = estimate_strengths(trial, others).observations_BK
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def test_no_step_makes_the_unseen_pairs_less_likely(monkeypatch):
    """Where each bucket has shares of its own: what it borrows is a prior that moves."""
    monkeypatch.setattr(empirical_bayes, "_COMMON", 0.0)
    random = np.random.default_rng(0)
    # Every bucket has a cell, so none of them divides by nothing.
    trial = trial_of(random, places=80)
    _, likelihoods = slow_shares(trial, [rows_of(random)], 40)
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(likelihoods))


def planted(random, places=4000, tokens=30):
    """A true table, and a trial whose target tokens pick by it."""
    true_TS = random.dirichlet(np.full(tokens, 0.1), tokens)
    targets_C = random.integers(0, tokens, places)
    sources_C = np.array([random.choice(tokens, p=true_TS[t]) for t in targets_C])
    base_S = np.bincount(sources_C, minlength=tokens) / places
    counts_T = np.resize(COUNTS[1:], tokens)
    guess_TS = random.dirichlet(np.full(tokens, 0.1), tokens) * counts_T[:, None]
    trial = Trial(csr_array(guess_TS), base_S, targets_C, sources_C, np.arange(places))
    return trial, csr_array(true_TS)


def test_planted_strengths_are_found():
    """Right rows are worth nearly everything beside wrong counts; wrong rows nearly nothing."""
    random = np.random.default_rng(0)
    trial, true_TS = planted(random)
    wrong_TS = csr_array(random.dirichlet(np.full(30, 0.1), 30))
    counts_T = np.asarray(trial.counts_TS.sum(axis=1)).ravel()
    strengths_TK = estimate_strengths(trial, [true_TS, wrong_TS]).of(counts_T)
    shares_TK = strengths_TK / (counts_T + strengths_TK.sum(axis=1))[:, None]
    assert (shares_TK[:, 0] > 0.9).all()
    assert (shares_TK[:, 1] < 0.05).all()
    right = Trial(
        csr_array(true_TS.toarray() * counts_T[:, None]),
        trial.base_S, trial.targets_C, trial.sources_C, trial.places_C,
    )  # fmt: skip
    strengths_TK = estimate_strengths(right, [wrong_TS]).of(counts_T)
    assert (strengths_TK.sum(axis=1) < 0.1 * counts_T).all()


def weights_of(matrix_TS, counts_T=None, dense=None):
    """Weights of some rows; empty ones are left to fill."""
    is_filled_T = np.diff(matrix_TS.indptr) == 0
    provenance_T = np.where(is_filled_T, Provenance.FILL, Provenance.COMBINED).astype(np.uint8)
    return Weights(matrix_TS, provenance_T, dense, observations_T=counts_T)


def full(weights):
    """W as an array (T, S), the dense part included."""
    return np.array([weights.row(t) for t in range(len(weights.provenance_T))])


@pytest.mark.parametrize("mean_row", [False, True])
@given(seed=st.integers(0, 10_000), fixed=st.sampled_from([None, 0.0, 2.5]))
@example(seed=1700, fixed=None)
@settings(max_examples=15)
def test_rows_are_posterior_means(seed, fixed, mean_row):
    """W(t) (n + sum a) = n C(t) + sum a_k W_k(t), and each row sums to one."""
    random = np.random.default_rng(seed)
    trial = trial_of(random)
    others_TS = [rows_of(random), rows_of(random)]
    others = [weights_of(each) for each in others_TS]
    counts_T = np.resize([0.0, 0.3, 0.0, 4.0, 70.0], TARGETS)
    counted_TS = csr_array(rows_of(random, empty=0).toarray() * (counts_T > 0)[:, None])
    counts_T[np.diff(counted_TS.indptr) == 0] = 0  # a random row may be empty: nothing was counted
    fixed_T = None if fixed is None else np.full(TARGETS, fixed)
    weights = posterior_mean(
        weights_of(counted_TS, counts_T), others, [fixed_T, None], trial,
        uncounted=0.1, mean_row=mean_row,
    )  # fmt: skip
    strengths_TK = estimate_strengths(trial, others_TS).of(counts_T)
    if fixed is not None:
        strengths_TK[:, 0] = fixed
    for k, each in enumerate(others_TS):
        strengths_TK[np.diff(each.indptr) == 0, k] = 0
    if not mean_row:
        strengths_TK = strengths_TK[:, :2]
    mean_TS = np.tile(trial.base_S, (TARGETS, 1))
    rows = [*(each.toarray() for each in others_TS), mean_TS][: strengths_TK.shape[1]]
    wanted = counts_T[:, None] * counted_TS.toarray()
    wanted += sum(a[:, None] * row for a, row in zip(strengths_TK.T, rows, strict=True))
    total_T = counts_T + strengths_TK.sum(axis=1)
    np.testing.assert_allclose(full(weights) * total_T[:, None], wanted, rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(full(weights).sum(axis=1), total_T > 0, rtol=0, atol=1e-10)
    is_left_T = weights.provenance_T == Provenance.FILL
    assert (is_left_T == (total_T == 0)).all()
    assert not (mean_row and is_left_T.any())
    assert np.shape(weights.account["strengths"]) == (6, 3)


def test_a_row_that_smoothing_found_is_worth_what_is_set():
    random = np.random.default_rng(0)
    counted_TS, other_TS = rows_of(random, empty=0), rows_of(random, empty=0)
    weights = posterior_mean(
        weights_of(counted_TS, np.zeros(TARGETS)), [weights_of(other_TS)],
        [np.full(TARGETS, 0.3)], trial_of(random), uncounted=0.1,
    )  # fmt: skip
    expected = 0.25 * counted_TS.toarray() + 0.75 * other_TS.toarray()
    np.testing.assert_allclose(full(weights), expected, atol=1e-12)


def test_a_component_without_rows_changes_nothing():
    random = np.random.default_rng(0)
    counts_T = np.full(TARGETS, 3.0)
    counted_TS, nothing = rows_of(random, empty=0), csr_array((TARGETS, SOURCES))
    weights = posterior_mean(
        weights_of(counted_TS, counts_T), [weights_of(nothing)], [None], trial_of(random),
        uncounted=0.1,
    )  # fmt: skip
    assert (weights.matrix_TS != counted_TS).nnz == 0


def test_a_method_that_counts_or_subtracts_is_no_prior():
    """What has seen the unseen pairs, and what is no distribution, says nothing about them."""
    random = np.random.default_rng(0)
    rows_TS = rows_of(random, empty=0)
    counts_T = np.full(TARGETS, 3.0)
    dense = LowRank(np.ones((TARGETS, 1)), np.ones((1, SOURCES)))
    others = [weights_of(rows_TS, counts_T), weights_of(-rows_TS), weights_of(rows_TS, dense=dense)]
    assert [is_prior(each) for each in (weights_of(rows_TS), *others)] == [True] + [False] * 3
    fixed = [counts_T, np.full(TARGETS, 1.0), np.full(TARGETS, 1.0)]
    weights = posterior_mean(
        weights_of(rows_TS, counts_T), others, fixed, trial_of(random), uncounted=0.1
    )
    # 3 and 3 counted, 1 of each of the others.
    expected = (3 + 3 - 1 + 1) * rows_TS.toarray() + 1
    np.testing.assert_allclose(full(weights), expected / 8, atol=1e-12)
