"""The two factors against an independent optimizer, finite differences, and at their bounds."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.special import log_softmax

from lingraft.initialization.calibration import scales as module
from lingraft.initialization.calibration.scales import Answers, Scales, cross_entropy, fit_scales

LEAST, MOST = Scales(0.1, 0.0), Scales(10.0, 10.0)


def problem(seed=0, predictions=60, tokens=25, strength=1.0, spread=1.0):
    """Answers whose right tokens are drawn with logits times `strength`, and the bias as it is."""
    generator = np.random.default_rng(seed)
    logits_PV = (spread * generator.normal(size=(predictions, tokens))).astype(np.float32)
    bias_V = generator.normal(size=tokens)
    noise_PV = generator.gumbel(size=(predictions, tokens))
    return Answers(logits_PV, bias_V, (strength * logits_PV + bias_V + noise_PV).argmax(axis=1))


def loss(factors_2, answers):
    """The same loss by another program."""
    scaled_PV = factors_2[0] * answers.logits_PV.astype(np.float64) + factors_2[1] * answers.bias_V
    return -log_softmax(scaled_PV, axis=1)[np.arange(len(scaled_PV)), answers.right_P].mean()


def optimum(answers, least=LEAST, most=MOST):
    bounds = [(least.logits, most.logits), (least.bias, most.bias)]
    found = minimize(
        loss, (1.0, 1.0), (answers,), "L-BFGS-B", bounds=bounds,
        options={"ftol": 1e-16, "gtol": 1e-10, "finite_diff_rel_step": 1e-6},
    )  # fmt: skip
    return found.fun


def as_tuple(found):
    return found.logits, found.bias


@pytest.mark.parametrize("strength", [0.05, 0.4, 1.0, 3.0])
@pytest.mark.parametrize("seed", range(3))
def test_as_an_independent_optimizer(seed, strength):
    answers = problem(seed, strength=strength)
    found = fit_scales(answers, LEAST, MOST)
    assert loss(as_tuple(found), answers) == pytest.approx(cross_entropy(answers, found), 1e-12)
    assert loss(as_tuple(found), answers) <= optimum(answers) + 1e-10
    # A second program finds the factors themselves where it is given derivatives.
    exact = minimize(
        lambda x: module._cross_entropy(answers, x)[0], as_tuple(found), method="trust-exact",
        jac=lambda x: module._cross_entropy(answers, x)[1],
        hess=lambda x: module._cross_entropy(answers, x)[2],
    )  # fmt: skip
    if LEAST.logits < found.logits and LEAST.bias < found.bias:
        np.testing.assert_allclose(as_tuple(found), exact.x, atol=1e-6)


@pytest.mark.parametrize("factors", [(1.0, 1.0), (0.3, 0.0), (4.0, 2.0)])
def test_gradient_and_hessian_are_finite_differences(factors):
    answers, at = problem(3), np.array(factors)
    _, slope_2, curve_22 = module._cross_entropy(answers, at)
    np.testing.assert_allclose(slope_2, approx_fprime(at, loss, 1e-7, answers), atol=1e-5)
    numeric_22 = approx_fprime(at, lambda x: module._cross_entropy(answers, x)[1], 1e-6)
    np.testing.assert_allclose(curve_22, numeric_22, atol=1e-4)
    assert np.linalg.eigvalsh(curve_22).min() >= 0


@pytest.mark.parametrize(
    ("least", "most"),
    [
        (Scales(0.1, 0.0), Scales(10.0, 0.4)),
        (Scales(0.1, 1.7), Scales(10.0, 3.0)),
        (Scales(0.1, 0.0), Scales(0.5, 2.0)),
        (Scales(1.0, 0.0), Scales(1.0, 2.0)),
        (Scales(2.0, 0.0), Scales(3.0, 0.2)),
    ],
)
def test_the_best_within_bounds(least, most):
    for seed in range(3):
        answers = problem(seed)
        found = fit_scales(answers, least, most)
        assert least.logits <= found.logits <= most.logits
        assert least.bias <= found.bias <= most.bias
        assert loss(as_tuple(found), answers) <= optimum(answers, least, most) + 1e-9


def test_a_bias_without_effect_keeps_its_factor():
    answers = problem(1)
    for constant in (0.0, 2.0):
        flat = Answers(answers.logits_PV, np.full(25, constant), answers.right_P)
        assert fit_scales(flat, Scales(0.1, 0.0), Scales(10.0, 0.5)).bias == 1.0


def test_a_planted_temperature_is_found():
    answers = problem(5, predictions=4000, tokens=30, strength=0.5, spread=2.0)
    found = fit_scales(answers, LEAST, MOST)
    assert as_tuple(found) == pytest.approx((0.5, 1.0), abs=0.06)


@pytest.mark.parametrize("spread", [1e-6, 1.0, 100.0, 1e4])
def test_never_worse_than_factors_of_one(spread):
    for seed in range(4):
        answers = problem(seed, predictions=9, spread=spread, strength=0.3 / spread)
        found = fit_scales(answers, LEAST, MOST)
        before, after = (cross_entropy(answers, each) for each in (Scales(), found))
        assert np.isfinite(after)
        assert after <= before
        assert after <= optimum(answers) * (1 + 1e-6) + 1e-9
        assert found == fit_scales(answers, LEAST, MOST)


def test_a_model_that_is_sure_and_seldom_wrong():
    """The curve is flat to machine precision where the search begins."""
    logits_PV = np.zeros((1000, 2), np.float32)
    logits_PV[:, 0] = 33.0
    right_P = np.zeros(1000, np.int64)
    right_P[0] = 1
    answers = Answers(logits_PV, np.zeros(2), right_P)
    assert fit_scales(answers, LEAST, MOST).logits == pytest.approx(np.log(999) / 33, abs=1e-6)


def test_one_prediction():
    answers = problem(0, predictions=1)
    found = fit_scales(answers, LEAST, MOST)
    assert cross_entropy(answers, found) <= optimum(answers) + 1e-9


def test_chunks_change_nothing(monkeypatch):
    answers = problem(2, predictions=50)
    whole = fit_scales(answers, LEAST, MOST)
    monkeypatch.setattr(module, "_CELLS", 7 * 25)
    np.testing.assert_allclose(as_tuple(fit_scales(answers, LEAST, MOST)), as_tuple(whole), 1e-9)
    monkeypatch.setattr(module, "_CELLS", 3)  # less than one prediction: a large vocabulary
    np.testing.assert_allclose(as_tuple(fit_scales(answers, LEAST, MOST)), as_tuple(whole), 1e-9)
