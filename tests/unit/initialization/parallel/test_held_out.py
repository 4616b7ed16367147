"""The held-out tenth, and the settings that it chooses."""

import os
import subprocess
import sys
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_model1 import frequencies, held_out_score, steps

from lingraft.initialization.parallel import held_out
from lingraft.initialization.parallel.held_out import choose, held_out_pairs
from lingraft.initialization.parallel.sentences import Sentences
from lingraft.initialization.parallel.settings import WordAlignment

SHAPE = (9, 7)  # target tokens, source tokens

pairs_of_text = st.lists(
    st.tuples(
        st.lists(st.integers(0, 99), min_size=1, max_size=6),
        st.lists(st.integers(0, 99), min_size=1, max_size=6),
    ),
    min_size=1,
    max_size=30,
)


def marks(pairs):
    source, target = zip(*pairs, strict=True)
    return held_out_pairs(Sentences.of(source), Sentences.of(target)).tolist()


def chosen(pairs, makes_source=True, shape=SHAPE, **options):
    source, target = zip(*pairs, strict=True)
    how = WordAlignment(**{"iterations": None} | options)
    return choose(Sentences.of(source), Sentences.of(target), shape, makes_source, how)


def random_text(pairs, seed=0, shape=SHAPE, longest=4):
    """Sentences whose target tokens follow from the source tokens, half of the time."""
    random = np.random.default_rng(seed)
    text = []
    for _ in range(pairs):
        source = random.zipf(1.5, random.integers(1, longest + 1)) % shape[1]
        noise = random.integers(0, shape[0], len(source))
        text.append((source, np.where(random.random(len(source)) < 0.5, source, noise)))
    return text


@given(pairs=pairs_of_text, random=st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_a_pair_is_held_out_by_its_tokens_alone(pairs, random):
    """Neither the other pairs, nor their order, nor the order within a sentence decides."""
    found = marks(pairs)
    order = random.sample(range(len(pairs)), len(pairs))
    assert marks([pairs[i] for i in order]) == [found[i] for i in order]
    assert marks([(source[::-1], target[::-1]) for source, target in pairs]) == found
    assert marks(pairs + pairs) == found + found
    assert marks(pairs[:1]) == found[:1]


def test_a_tenth_is_held_out():
    for longest in (1, 3, 20):
        text = random_text(6000, shape=(2000, 2000), longest=longest)
        distinct = {(tuple(source), tuple(target)): None for source, target in text}
        assert np.mean(marks(list(distinct))) == pytest.approx(0.1, abs=0.02)


def climb(scores):
    """The key of the highest value before the values fall for the first time."""
    best = None
    for key, score in scores.items():
        if best is not None and score < scores[best]:
            break
        if best is None or score > scores[best]:
            best = key
    return best


@pytest.mark.parametrize("makes_source", [True, False])
@pytest.mark.parametrize("empty_word", [0.0, 0.08])
@pytest.mark.parametrize("estimate", ["likelihood", "posterior", "variational"])
def test_the_choice_climbs_to_the_peak_of_the_grid(monkeypatch, estimate, empty_word, makes_source):
    monkeypatch.setattr(held_out, "FEWEST", 5)
    monkeypatch.setattr(held_out, "_MOST_ITERATIONS", 4)
    monkeypatch.setattr(held_out, "_PRIORS", (0.3, 3.0, 30.0))
    text = random_text(100)
    pairs = [(target, source) if makes_source else (source, target) for source, target in text]
    held = marks(text)
    seen, unseen = (
        [pair for pair, mark in zip(pairs, held, strict=True) if mark == wanted]
        for wanted in (False, True)
    )
    base = frequencies([made for _, made in pairs])
    scores = {}
    for prior in [0.0] if estimate == "likelihood" else [0.3, 3.0, 30.0]:
        made = islice(steps(seen, base, estimate, prior, empty_word), 1, 5)
        tried = {
            (prior, iterations): held_out_score(seen, unseen, step, base, prior, empty_word)
            for iterations, step in enumerate(made, start=1)
        }
        scores[climb(tried)] = tried[climb(tried)]
    found = chosen(text, makes_source, estimate=estimate, empty_word=empty_word)
    best = climb(scores)
    assert (found.how.prior, found.iterations) == best
    assert found.likelihood == pytest.approx(scores[best], abs=1e-10)
    assert (found.how.estimate, found.how.empty_word) == (estimate, empty_word)


@pytest.mark.parametrize("cells", [1 << 23, 700])
def test_the_choice_does_not_depend_on_the_order_of_pairs(monkeypatch, cells):
    """Nor does the part of a long text on which it is made."""
    monkeypatch.setattr(held_out, "_CELLS", cells)
    monkeypatch.setattr(held_out, "FEWEST", 5)
    text = random_text(300)
    first = chosen(text, estimate="posterior")
    assert first.likelihood is not None
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(text))
        again = chosen([text[i] for i in order], estimate="posterior")
        assert (again.how, again.iterations) == (first.how, first.iterations)
        assert again.likelihood == pytest.approx(first.likelihood, abs=1e-12)


CHOOSES = """
from test_held_out import chosen, random_text
print(repr(chosen(random_text(300), estimate="variational")))
"""


def test_the_choice_does_not_depend_on_threads():
    """Nor on the seed of hashes, which Python draws for each process."""
    printed = set()
    for threads in ("1", "2"):
        found = subprocess.run(
            [sys.executable, "-c", CHOOSES],
            env={**os.environ, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": threads,
                 "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        printed.add(found.stdout)
    assert printed == {repr(chosen(random_text(300), estimate="variational")) + "\n"}


@pytest.mark.parametrize(
    ("options", "prior", "iterations"),
    [
        ({"estimate": "posterior"}, 1.0, 5),
        ({"estimate": "variational", "prior": 7.0}, 7.0, 5),
        ({"estimate": "posterior", "iterations": 2}, 1.0, 2),
        ({"estimate": "likelihood"}, 0.0, 5),
        ({"estimate": "likelihood", "iterations": 3}, 0.0, 3),
    ],
)
def test_short_text_gets_usual_values(options, prior, iterations):
    for text in (random_text(1), random_text(50), [([1, 2], [3])] * 500):
        found = chosen(text, **options)
        assert (found.how.prior, found.iterations, found.likelihood) == (prior, iterations, None)


def test_what_is_set_is_not_chosen():
    text = random_text(400)
    assert chosen(text, estimate="posterior", prior=7.0).how.prior == 7.0
    assert chosen(text, estimate="posterior", iterations=2).iterations == 2
    fixed = chosen(text, estimate="posterior", prior=7.0, iterations=2)
    assert (fixed.how.prior, fixed.iterations, fixed.likelihood) == (7.0, 2, None)
