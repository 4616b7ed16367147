"""Several languages in one space: generalized Procrustes over the translations of source words.

Gower (1975), and Haxby et al. (2011), who call it hyperalignment. A concept is a source word with
its translations in some of the languages. Each language l gets an orthogonal map W_l that minimizes

    sum_c w_c sum_{l in c} |x_cl W_l - mean_{m in c} x_cm W_m|^2

over concepts c. Every round rotates each language in turn onto the mean of the others, where this
sum has its minimum for that language, so the sum never rises. In the end all is turned so that the
source side stays where it was.

Legend: C concepts, P pairs, L languages (the source first), E dimension.
"""

from dataclasses import dataclass

import numpy as np

from lingraft.numeric.arrays import Float64
from lingraft.vectors.fitting import Maps, Problem, orthogonal_map


@dataclass(frozen=True)
class Concepts:
    """The place of each concept in each language, before it is rotated."""

    places_LCE: Float64  # zero where a language has no translation
    known_LC: Float64  # 1 where it has one, else 0
    weights_C: Float64


def fit_jointly(problem: Problem, rounds: int) -> Maps:
    """Rotate the target side into the source's space together with the partners' targets.

    Args:
        problem: the vectors, the pairs, and the partners, which have the same source words.
        rounds: how often each language is rotated onto the mean of the others.
    """
    concepts = gather(problem)
    # Each starts from its own Procrustes, so the first mean is not one of unrelated spaces.
    maps_LEE = np.stack([np.eye(problem.source_NE.shape[1])] * len(concepts.known_LC))
    for language in range(1, len(maps_LEE)):
        maps_LEE[language] = _onto(concepts, language, concepts.places_LCE[0], concepts.known_LC[0])
    before = spread(concepts, maps_LEE)
    for _ in range(rounds):
        maps_LEE = turn_each(concepts, maps_LEE)
    _, rank = orthogonal_map(*_paired(problem))
    facts = {
        "languages": len(maps_LEE),
        "concepts": len(concepts.weights_C),
        "spread_before": before,
        "spread": spread(concepts, maps_LEE),
    }
    # The inverse of an orthogonal matrix is its transpose.
    target_EE = maps_LEE[1] @ maps_LEE[0].T
    return Maps(np.eye(len(target_EE)), target_EE, rank, len(problem.source_P), facts)


def gather(problem: Problem) -> Concepts:
    """The concepts of all languages: a source word with several translations is at their mean."""
    sides = (problem, *problem.partners)
    words_C = np.unique(np.concatenate([side.source_P for side in sides]))
    shape = len(sides) + 1, len(words_C)
    places_LCE = np.zeros((*shape, problem.source_NE.shape[1]))
    known_LC = np.zeros(shape)
    places_LCE[0], known_LC[0] = problem.source_NE[words_C], 1
    weights_LC = np.zeros(shape)
    for language, side in enumerate(sides, start=1):
        concept_P = np.searchsorted(words_C, side.source_P)
        vectors_PE = side.target_ME[side.target_P] * side.weights_P[:, None]
        # Unlike `+=`, add.at adds up where a concept occurs several times.
        np.add.at(weights_LC[language], concept_P, side.weights_P)
        np.add.at(places_LCE[language], concept_P, vectors_PE)
    known_LC[1:] = weights_LC[1:] > 0
    places_LCE[1:] /= np.where(known_LC[1:] > 0, weights_LC[1:], 1)[..., None]
    return Concepts(places_LCE, known_LC, weights_LC.sum(axis=0) / known_LC[1:].sum(axis=0))


def turn_each(concepts: Concepts, maps_LEE: Float64) -> Float64:
    """One round: the maps (L, E, E) after each language was rotated onto the mean of the others."""
    maps_LEE = maps_LEE.copy()
    mapped_LCE = concepts.places_LCE @ maps_LEE
    for language in range(len(maps_LEE)):
        others_CE = mapped_LCE.sum(axis=0) - mapped_LCE[language]
        # With n languages the sum of squares falls by 2 / n times the product with the others.
        maps_LEE[language] = _onto(concepts, language, others_CE, 1 / concepts.known_LC.sum(axis=0))
        mapped_LCE[language] = concepts.places_LCE[language] @ maps_LEE[language]
    return maps_LEE


def spread(concepts: Concepts, maps_LEE: Float64) -> float:
    """What is minimized, a concept: the weighted squared distances to the mean of each."""
    mapped_LCE = concepts.places_LCE @ maps_LEE
    mean_CE = mapped_LCE.sum(axis=0) / concepts.known_LC.sum(axis=0)[:, None]
    squares_LC = ((mapped_LCE - mean_CE) ** 2).sum(axis=2) * concepts.known_LC
    return float((squares_LC.sum(axis=0) * concepts.weights_C).sum() / concepts.weights_C.sum())


def _onto(concepts: Concepts, language: int, goal_CE: Float64, factors_C: Float64) -> Float64:
    """The rotation of a language onto places of the concepts that it knows."""
    weights_C = concepts.weights_C * concepts.known_LC[language] * factors_C
    return orthogonal_map(concepts.places_LCE[language], goal_CE, weights_C)[0]


def _paired(problem: Problem) -> tuple[Float64, Float64]:
    source_PE = problem.source_NE[problem.source_P].astype(np.float64)
    return source_PE, problem.target_ME[problem.target_P].astype(np.float64)
