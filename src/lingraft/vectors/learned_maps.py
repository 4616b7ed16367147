"""Fits of self-learning: the first dictionary, learning, the map at the end, and its verdict."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from lingraft.errors import InputError
from lingraft.vectors.first_dictionaries import Rows, identical_words, similar_words
from lingraft.vectors.fit_state import FitState
from lingraft.vectors.fitting import Maps, Problem, fit_vecmap
from lingraft.vectors.random_starts import compare
from lingraft.vectors.self_learning import Learned, Learner, Schedule

FEWEST_PAIRS = 25
_FEWEST_IDENTICAL = 100
_MANY_PAIRS = 2000


@dataclass(frozen=True)
class Options:
    """How a dictionary is learned."""

    words: int = 20_000  # of each side
    reweighting: float = 0.5
    refuse: bool = True  # a map without a dictionary that is no better than random starts
    schedule: Schedule = field(default_factory=Schedule)


def fit_self_learning(problem: Problem, options: Options, start: str) -> Maps:
    """Learn a dictionary, and map both sides by it.

    Args:
        problem: the vectors, and the pairs of the dictionary.
        options: how to learn.
        start: what the first dictionary is.

    Raises:
        InputError: a side is empty or not finite, or there are too few first pairs.
    """
    require_vectors(problem)
    source_P, target_P = _first(problem, options, start)
    schedule = options.schedule
    state = FitState(problem, repr((start, options.words, schedule)))
    began = Learned(source_P, target_P, probability=schedule.probability)
    learner = Learner(problem, options.words, schedule)
    found = learner.learn(state.load() or began, state.save)
    ones_P = np.ones(len(found.source_P))
    learned = replace(problem, source_P=found.source_P, target_P=found.target_P, weights_P=ones_P)
    maps = fit_vecmap(learned, options.reweighting)
    compared = compare(problem, found, schedule)
    facts: dict[str, Any] = {
        "method": "self-learning",
        "start": start,
        "start_pairs": len(source_P),
        "iterations": found.iteration,
        "objective": found.objective,
        "compared": asdict(compared),
    }
    uses_pairs, failure = start == "dictionary", ""
    doubt = compared.doubt(
        f"self-learning from `start: {start}`",
        f"give `dictionaries` with {FEWEST_PAIRS} pairs or more",
    )
    if doubt:
        facts["warning"] = doubt
        # With a dictionary, the precision that is held out judges better.
        failure = doubt if options.refuse and not uses_pairs else ""
    return replace(maps, facts=facts, uses_pairs=uses_pairs, failure=failure)


def fit_auto(problem: Problem, options: Options) -> Maps:
    """Fit by the method that the number of usable pairs asks for; `facts` say which.

    The number is that of the whole dictionary, so that a fold is fitted as the whole is.

    Args:
        problem: the vectors, and the pairs of the dictionary.
        options: how to learn.
    """
    pairs, many = problem.known_pairs, max(_MANY_PAIRS, 5 * problem.source_NE.shape[1])
    if pairs >= many:
        why = f"{pairs} usable pairs are at least {many}"
        facts: dict[str, Any] = {"method": "vecmap", "why": why}
        return replace(fit_vecmap(problem, options.reweighting), facts=facts)
    start = "dictionary"
    why = f"{pairs} usable pairs are fewer than {many}"
    if pairs < FEWEST_PAIRS:
        same = len(identical_words(problem)[0])
        start = "identical" if same >= _FEWEST_IDENTICAL else "unsupervised"
        why = (
            f"{pairs} usable pairs are fewer than {FEWEST_PAIRS}, and both vocabularies spell "
            f"{same} words the same"
        )
    maps = fit_self_learning(problem, options, start)
    facts = {**maps.facts, "why": why}
    if start == "unsupervised":
        facts.setdefault("warning", f"{why}: the map comes from the vectors alone")
    return replace(maps, facts=facts)


def _first(problem: Problem, options: Options, start: str) -> Rows:
    if start == "dictionary":
        # A fold may have fewer than the whole dictionary.
        rows, fewest, found = (problem.source_P, problem.target_P), FEWEST_PAIRS, "usable pairs"
        count = max(problem.known_pairs, len(rows[0]))
    elif start == "unsupervised":
        return similar_words(problem, neighbors=options.schedule.neighbors)
    else:
        rows, fewest = identical_words(problem, numerals=start == "numerals"), 1
        found, count = "words that both vocabularies spell the same", len(rows[0])
    if count < fewest:
        raise InputError(
            f"self-learning from `start: {start}` needs at least {fewest} {found}; there are "
            f"{count}"
        )
    return rows


def require_vectors(problem: Problem) -> None:
    """Refuse a side that is empty or not finite.

    Raises:
        InputError: in one line.
    """
    for name, vectors in (("source", problem.source_NE), ("target", problem.target_ME)):
        if len(vectors) == 0:
            raise InputError(f"the {name} vectors of the alignment have no word")
        if not np.isfinite(vectors).all():
            raise InputError(f"the {name} vectors of the alignment have NaN or infinity")
