"""Sentence pairs that the alignment does not see, and what it predicts of them.

The held-out tenth follows from the tokens of each pair alone: neither the order of the pairs nor
the number of threads changes it, and repeated pairs stay together.

Shapes: N sentence pairs, L tokens of all sentences, C cells, T target vocabulary, S source
vocabulary, M vocabulary of the made side.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from lingraft.initialization.parallel.cells import TokenCells
from lingraft.initialization.parallel.model1 import (
    Direction,
    Estimation,
    Fit,
    estimates,
)
from lingraft.initialization.parallel.sentences import Sentences
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.numeric.arrays import AnyInts, Float64

_PRIORS = (0.3, 1.0, 3.0, 10.0, 30.0)
_MOST_ITERATIONS = 10
_SHARE = 10  # every tenth pair is held out
FEWEST = 20  # held-out pairs from which something is chosen
_UNCHOSEN = 1.0, 5  # prior and iterations for less text
_CELLS = 1 << 23  # of the text on which the choice is made; more is thinned
_UNKNOWN = 1.0  # observations of the base measure that a row has at least: nothing is impossible


@dataclass(frozen=True)
class Chosen:
    """The settings of one direction, and the mean log-likelihood of a held-out token in nats."""

    how: Estimation
    iterations: int
    likelihood: float | None = None


def held_out_pairs(source: Sentences, target: Sentences) -> NDArray[np.bool_]:
    """Mark the sentence pairs that are held out (N,)."""
    return np.asarray(_hashes(source, target) % _SHARE == 0)


def choose(
    source: Sentences,
    target: Sentences,
    shape: tuple[int, int],
    makes_source: bool,
    settings: WordAlignment,
) -> Chosen:
    """The prior and the number of iterations under which held-out pairs are the most likely.

    Args:
        source: the source side of the sentence pairs, none empty.
        target: the target side.
        shape: (T, S), the sizes of the vocabularies.
        makes_source: the direction: True where target tokens make source tokens.
        settings: with what is fixed.
    """
    if not settings.is_chosen:
        return _unchosen(settings)
    source, target = _thinned(source, target)
    held_N = held_out_pairs(source, target)
    if held_N.sum() < FEWEST or held_N.all():
        return _unchosen(settings)
    base_M = token_shares(source if makes_source else target, shape[1 if makes_source else 0])
    seen, unseen = (
        Direction.of(
            TokenCells.of(source.select(kept_N), target.select(kept_N), shape), base_M, makes_source
        )
        for kept_N in (~held_N, held_N)
    )
    return _climb(_climb(_trials(seen, unseen, how, settings)) for how in _candidates(settings))


def token_shares(sentences: Sentences, size: int) -> Float64:
    """The share of each token of a vocabulary in the text (M,)."""
    counts_M = np.bincount(sentences.tokens_L, minlength=size)
    return np.asarray(counts_M / counts_M.sum())


def _climb(trials: Iterable[Chosen]) -> Chosen:
    """The best of the trials before the likelihood falls for the first time.

    With more iterations, and with stronger priors, it rises to one peak and falls then: what lies
    behind the peak need not be tried. Of equal trials the first is the best.
    """
    remaining = iter(trials)
    best = next(remaining)
    for trial in remaining:
        if _rounded(trial) < _rounded(best):
            break
        if _rounded(trial) > _rounded(best):
            best = trial
    return best


def _rounded(trial: Chosen) -> float:
    """The likelihood without the last digits, which depend on the order of the sums."""
    return round(trial.likelihood or 0.0, 9)


def _trials(
    seen: Direction, unseen: Direction, how: Estimation, settings: WordAlignment
) -> Iterator[Chosen]:
    """One prior with each number of iterations, scored."""
    numbers = (
        range(1, _MOST_ITERATIONS + 1) if settings.iterations is None else [settings.iterations]
    )
    for iteration, now in enumerate(islice(estimates(seen, how), max(numbers) + 1)):
        if iteration in numbers:
            yield Chosen(how, iteration, _likelihood(now, unseen))


def _likelihood(fit: Fit, unseen: Direction) -> float:
    """Mean log-likelihood of a made token of the unseen pairs, in nats."""
    pairs_P = _posterior_means(fit, unseen)
    empty_word = fit.how.empty_word
    logs = []
    for block, cells in enumerate(unseen.cells.pairs):
        local_C, made_B = unseen.made_tokens(block)
        means_B = (1 - empty_word) * np.bincount(local_C, weights=pairs_P[cells])
        found_B = means_B / np.bincount(local_C) + empty_word * fit.empty_M[made_B]
        logs.append(np.log(found_B))
    return float(np.concatenate(logs).mean())


def _posterior_means(fit: Fit, unseen: Direction) -> Float64:
    """p(made | given) of the token pairs of another text, from expected counts of this one (P,)."""
    seen, counts_P, strength = fit.direction, fit.counts_P, max(fit.how.prior, _UNKNOWN)
    totals = np.bincount(seen.given_P, weights=counts_P, minlength=int(unseen.given_P.max()) + 1)
    places = np.searchsorted(seen.cells.keys_P, unseen.cells.keys_P)
    places = np.minimum(places, len(seen.cells.keys_P) - 1)
    is_found = seen.cells.keys_P[places] == unseen.cells.keys_P
    counted = np.where(is_found, counts_P[places], 0.0)
    prior = strength * seen.base_M[unseen.made_P]
    return np.asarray((counted + prior) / (totals[unseen.given_P] + strength))


def _candidates(settings: WordAlignment) -> list[Estimation]:
    if settings.estimate == "likelihood":
        priors: tuple[float, ...] = (0.0,)
    else:
        priors = _PRIORS if settings.prior is None else (settings.prior,)
    return [Estimation(settings.estimate, prior, settings.empty_word) for prior in priors]


def _unchosen(settings: WordAlignment) -> Chosen:
    """What is set, and usual values for the rest."""
    prior, iterations = _UNCHOSEN
    if settings.estimate == "likelihood":
        prior = 0.0
    elif settings.prior is not None:
        prior = settings.prior
    how = Estimation(settings.estimate, prior, settings.empty_word)
    return Chosen(how, iterations if settings.iterations is None else settings.iterations)


def _thinned(source: Sentences, target: Sentences) -> tuple[Sentences, Sentences]:
    """About so many pairs as the bound of the cells allows, also chosen by their tokens alone."""
    every = int((source.lengths_N * target.lengths_N).sum()) // _CELLS + 1
    if every == 1:
        return source, target
    # The remainder decides who is held out, the quotient is independent of it.
    kept_N = _hashes(source, target) // _SHARE % every == 0
    return source.select(kept_N), target.select(kept_N)


def _hashes(source: Sentences, target: Sentences) -> AnyInts:
    """A number below 2**32 for each pair, which follows from its tokens (N,)."""
    # A sum of mixed ids does not depend on their order. Multiplication mixes the bits (Fibonacci
    # hashing); the two sides get factors of their own.
    hashes_N = _sums(source, 0x9E3779B97F4A7C15) ^ _sums(target, 0xC2B2AE3D27D4EB4F)
    hashes_N ^= hashes_N >> np.uint64(29)
    hashes_N *= np.uint64(0xBF58476D1CE4E5B9)
    return (hashes_N >> np.uint64(32)).astype(np.int64)


def _sums(sentences: Sentences, factor: int) -> NDArray[np.uint64]:
    """A hash of each sentence (N,): the sum of its mixed ids, modulo 2**64."""
    mixed_L = (sentences.tokens_L.astype(np.uint64) + np.uint64(1)) * np.uint64(factor)
    mixed_L ^= mixed_L >> np.uint64(31)
    mixed_L *= np.uint64(factor)
    return np.add.reduceat(mixed_L, sentences.starts_N[:-1])
