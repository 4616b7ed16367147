"""Each estimate of Model 1 against a slow program, and what must hold of any."""

import math
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from slow_model1 import frequencies, steps

from lingraft.initialization.parallel import cells
from lingraft.initialization.parallel.sentences import Sentences
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.initialization.parallel.word_alignment import align

SHAPE = (5, 4)  # target tokens, source tokens
ESTIMATES = ["likelihood", "posterior", "variational"]

texts = st.lists(
    st.tuples(
        st.lists(st.integers(0, SHAPE[1] - 1), min_size=1, max_size=5),
        st.lists(st.integers(0, SHAPE[0] - 1), min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=6,
)
priors = st.sampled_from([0.3, 1.0, 7.0])
empty_words = st.sampled_from([0.0, 0.08])


def counted(pairs, symmetrization, iterations, estimate="likelihood", prior=0.0, empty_word=0.0):
    """The counts (T, S) of the code."""
    source, target = zip(*pairs, strict=True)
    has_prior = {} if estimate == "likelihood" else {"prior": prior}
    how = WordAlignment(symmetrization=symmetrization, estimate=estimate, empty_word=empty_word,
                        **has_prior)  # fmt: skip
    how = how.model_copy(update={"iterations": iterations})  # a configuration has no 0
    found = align(Sentences.of(source), Sentences.of(target), shape=SHAPE, settings=how)
    return found.counts().toarray()


def slow_tables(pairs, iterations, *how):
    """For each pair, the posteriors (made, given) of the slow program."""
    base = frequencies([made for _, made in pairs])
    step = next(islice(steps(pairs, base, *how), iterations, None))
    return [np.array(table) for table in step.tables]


def slow_counts(pairs, symmetrization, iterations, *how):
    """The counts (T, S) of the slow program."""
    by_target = slow_tables(pairs, iterations, *how)
    by_source = slow_tables([(t, s) for s, t in pairs], iterations, *how)
    counts = np.zeros(SHAPE)
    for (source, target), there, back in zip(pairs, by_target, by_source, strict=True):
        shares = {
            "target-picks-source": there,
            "source-picks-target": back.T,
            "geometric-mean": np.sqrt(there * back.T),
        }[symmetrization]
        np.add.at(counts, np.ix_(target, source), shares)
    return counts


@pytest.mark.parametrize("estimate", ESTIMATES)
@pytest.mark.parametrize(
    "symmetrization", ["target-picks-source", "source-picks-target", "geometric-mean"]
)
@given(pairs=texts, iterations=st.integers(0, 5), prior=priors, empty_word=empty_words)
@settings(max_examples=40)
def test_each_estimate_is_that_of_a_slow_program(
    pairs, iterations, prior, empty_word, estimate, symmetrization
):
    how = estimate, prior, empty_word
    np.testing.assert_allclose(
        counted(pairs, symmetrization, iterations, *how),
        slow_counts(pairs, symmetrization, iterations, *how),
        rtol=0,
        atol=1e-10,
    )


@pytest.mark.parametrize("estimate", ESTIMATES)
@given(pairs=texts, prior=priors, empty_word=empty_words)
@settings(max_examples=30)
def test_no_iteration_makes_the_text_less_likely(pairs, prior, empty_word, estimate):
    """The likelihood, the log posterior or the variational bound of the text never falls."""
    base = frequencies([made for _, made in pairs])
    first = list(islice(steps(pairs, base, estimate, prior, empty_word), 1, 8))
    scores = [step.evidence + step.of_prior for step in first]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(scores))


@pytest.mark.parametrize("estimate", ESTIMATES)
@given(pairs=texts, block=st.integers(1, 30), empty_word=empty_words)
@settings(max_examples=20)
def test_blocks_change_nothing(pairs, block, empty_word, estimate):
    how = "geometric-mean", 4, estimate, 1.0, empty_word
    whole = counted(pairs, *how)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_BLOCK_CELLS", block)
        np.testing.assert_allclose(counted(pairs, *how), whole, rtol=0, atol=1e-12)


@pytest.mark.parametrize("estimate", ESTIMATES)
@given(pairs=texts, empty_word=empty_words, iterations=st.integers(0, 4))
@settings(max_examples=20)
def test_a_token_that_picks_hands_out_one_unit_less_the_empty_words_share(
    pairs, empty_word, iterations, estimate
):
    base = frequencies([source for source, _ in pairs])
    reverse = [(target, source) for source, target in pairs]
    step = next(islice(steps(reverse, base, estimate, 1.0, empty_word), iterations, None))
    kept_S = np.zeros(SHAPE[1])
    for (source, _), table in zip(pairs, step.tables, strict=True):
        np.add.at(kept_S, source, np.sum(table, axis=1))
    found = counted(pairs, "source-picks-target", iterations, estimate, 1.0, empty_word)
    np.testing.assert_allclose(found.sum(axis=0), kept_S, rtol=0, atol=1e-10)
    tokens_S = np.bincount(np.concatenate([source for source, _ in pairs]), minlength=SHAPE[1])
    if empty_word:
        assert (found.sum(axis=0)[tokens_S > 0] < tokens_S[tokens_S > 0]).all()
    else:
        np.testing.assert_allclose(found.sum(axis=0), tokens_S, rtol=0, atol=1e-10)


@given(pairs=texts, empty_word=empty_words, iterations=st.integers(0, 6))
@settings(max_examples=30)
def test_the_mode_without_a_prior_is_the_maximum_of_the_likelihood(pairs, empty_word, iterations):
    how = "geometric-mean", iterations
    likelihood = counted(pairs, *how, "likelihood", 0.0, empty_word)
    assert (counted(pairs, *how, "posterior", 0.0, empty_word) == likelihood).all()


@pytest.mark.parametrize("empty_word", [0.0, 0.08, 1 - 1e-12])
@pytest.mark.parametrize("prior", [0.0, 5e-324, 1e-300, 1e-9, 1e300])
@pytest.mark.parametrize("estimate", ["posterior", "variational"])
def test_extreme_priors_leave_counts_finite(estimate, prior, empty_word):
    pairs = [([0, 1, 1], [0]), ([1], [1, 2]), ([2, 3], [3, 3, 4]), ([0], [4])]
    counts = counted(pairs, "geometric-mean", 30, estimate, prior, empty_word)
    assert np.isfinite(counts).all()
    assert counts.sum() <= 7 + 1e-9  # the geometric mean is below the arithmetic one


def test_likelihood_keeps_its_bits():
    """Counts that were recorded before the other estimates came."""
    random = np.random.default_rng(0)
    pairs = [(random.integers(0, 4, 3), random.integers(0, 5, 4)) for _ in range(12)]
    counts = counted(pairs, "source-picks-target", 6)
    assert [float(count).hex() for count in counts[2]] == GOLDEN


GOLDEN = [
    "0x1.f651b425b0418p+1",
    "0x1.c8f4b0e3713d6p+1",
    "0x1.503f904e7a0b0p+0",
    "0x1.6b32d518299e6p-1",
]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("prior", -0.1),
        ("prior", math.inf),
        ("empty_word", 1.0),
        ("empty_word", -0.01),
        ("empty_word", math.nan),
        ("estimate", "mode"),
        ("iterations", 0),
    ],
)
def test_bad_values_are_refused(option, value):
    with pytest.raises(ValidationError, match=option):
        WordAlignment.model_validate({option: value})
