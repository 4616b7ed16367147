"""Analogies: a is to b as c is to ?, and at which rank vectors have the answer.

3CosAdd (Mikolov et al., 2013) looks for the word whose cosine with b - a + c is largest, 3CosMul
(Levy and Goldberg, 2014, equation 4) for the largest cos'(d, b) cos'(d, c) / (cos'(d, a) + 1e-6)
with cos' = (1 + cos) / 2. The words of the question are no answers.

Legend: Q questions, W words, F forms, E dimension.
"""

from collections.abc import Callable, Sequence

import numpy as np

from lingraft.evaluation.words.lookup import Lookup
from lingraft.numeric.arrays import AnyFloats, Int64
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.vectorset import VectorSet

_EPSILON = 1e-6
_BLOCK = 64  # questions at once: 64 x 200,000 float32 scores are 50 MB

Scores = Callable[[AnyFloats, AnyFloats, AnyFloats, AnyFloats], AnyFloats]


def known_questions(lookup: Lookup, questions: Sequence[Sequence[str]]) -> tuple[Int64, Int64]:
    """Positions (Q) of the questions whose words are all known, and the numbers (Q, 4) of their
    forms."""
    found = []
    for position, words in enumerate(questions):
        numbers = [lookup.number(word) for word in words]
        if None not in numbers:
            found.append([position, *numbers])
    table_Q5 = np.array(found, dtype=np.int64).reshape(-1, 5)
    return table_Q5[:, 0], table_Q5[:, 1:]


def answer_ranks(vectors: VectorSet, lookup: Lookup, forms_Q4: Int64, method: str) -> Int64:
    """The rank (Q) of each answer among all forms outside the question, from 1.

    It is 0 where the answer is itself a word of the question, which cannot be found.

    Args:
        vectors: the words.
        lookup: their forms; words of one form count once, by the best of them.
        forms_Q4: the forms of each question's four words.
        method: `3CosAdd` or `3CosMul`.
    """
    unit_WE = unit_rows(vectors.vectors_WE)
    rows_Q4 = lookup.first_F[forms_Q4]
    best_of = _by_form(lookup)
    ranks_Q = np.zeros(len(forms_Q4), dtype=np.int64)
    for start in range(0, len(forms_Q4), _BLOCK):
        block = slice(start, start + _BLOCK)
        a_QE, b_QE, c_QE = (unit_WE[rows_Q4[block, column]] for column in range(3))
        scores_QF = best_of(METHODS[method](unit_WE, a_QE, b_QE, c_QE))
        every_Q = np.arange(len(scores_QF))
        scores_QF[every_Q[:, None], forms_Q4[block, :3]] = -np.inf
        own_Q1 = scores_QF[every_Q, forms_Q4[block, 3]][:, None]
        ranks_Q[block] = 1 + (scores_QF > own_Q1).sum(axis=1)
        ranks_Q[block][np.isneginf(own_Q1[:, 0])] = 0
    return ranks_Q


def _by_form(lookup: Lookup) -> Callable[[AnyFloats], AnyFloats]:
    """Turns scores of words (Q, W) into scores of forms (Q, F): the best of each form's words."""
    if len(lookup.first_F) == len(lookup.forms_W):
        return lambda scores_QW: scores_QW
    order_W = np.argsort(lookup.forms_W, kind="stable")
    starts_F = np.searchsorted(lookup.forms_W[order_W], np.arange(len(lookup.first_F)))
    return lambda scores_QW: np.maximum.reduceat(scores_QW[:, order_W], starts_F, axis=1)


def _add(unit_WE: AnyFloats, a_QE: AnyFloats, b_QE: AnyFloats, c_QE: AnyFloats) -> AnyFloats:
    return (b_QE - a_QE + c_QE) @ unit_WE.T


def _mul(unit_WE: AnyFloats, a_QE: AnyFloats, b_QE: AnyFloats, c_QE: AnyFloats) -> AnyFloats:
    a_QW, b_QW, c_QW = ((1 + part @ unit_WE.T) / 2 for part in (a_QE, b_QE, c_QE))
    return b_QW * c_QW / (a_QW + np.float32(_EPSILON))


METHODS: dict[str, Scores] = {"3CosAdd": _add, "3CosMul": _mul}
