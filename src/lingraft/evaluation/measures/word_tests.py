"""Intrinsic tests of static vectors: word similarity and analogy.

Legend: N words, E dimension, Q questions.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lingraft.evaluation.data.word_lists import read_questions, read_word_columns
from lingraft.evaluation.outcome import Score, binomial_error, unmeasured
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.vectorset import VectorSet

_SYNTACTIC = "gram"  # sections of Google's analogies whose names start so are syntactic


def similarity(vectors: VectorSet, path: Path, language: str) -> Iterator[Score]:
    """Spearman correlation of cosines with human scores (`word<tab>word<tab>score`).

    Pairs with an unknown word are left out and counted in the coverage, as MUSE does.

    Args:
        vectors: the vectors to test.
        path: the file of pairs.
        language: as the scores name it.

    Raises:
        InputError: the file is missing or malformed.
    """
    from scipy.stats import spearmanr

    rows = list(read_word_columns(path, 3, numeric=2))
    known = [row for row in rows if _all_known(row[:2], vectors)]
    setting = path.stem
    if len(known) < 3:
        reason = f"{len(known)} of {len(rows)} pairs are in the vocabulary"
        yield unmeasured(language, "spearman", reason, n=len(known), setting=setting)
        return
    first_NE, second_NE = (
        unit_rows(vectors.vectors_of([row[side] for row in known])) for side in (0, 1)
    )
    cosines_N = (first_NE * second_NE).sum(axis=1)
    gold = [float(row[2]) for row in known]
    value = float(spearmanr(cosines_N, gold).statistic)
    yield Score(language, "spearman", value, len(known), split="test", setting=setting)
    share = len(known) / len(rows)
    yield Score(language, "coverage", share, len(rows), split="test", setting=setting)


def analogies(vectors: VectorSet, path: Path, language: str) -> Iterator[Score]:
    """Accuracy of 3CosAdd, a : b = c : ?, where a, b and c may not be the answer.

    The file has four words a line; lines `: name` open sections. Questions with an unknown word
    are left out and counted in the coverage.

    Args:
        vectors: the vectors to test.
        path: the file of questions.
        language: as the scores name it.
    """
    questions = list(read_questions(path))
    known = [(section, words) for section, words in questions if _all_known(words, vectors)]
    setting = path.stem
    if not known:
        yield unmeasured(language, "analogy", "no question is in the vocabulary", setting=setting)
        return
    hits_Q = _solved(vectors, [words for _, words in known])
    syntactic_Q = np.array([section.startswith(_SYNTACTIC) for section, _ in known])
    for part, chosen_Q in (
        ("", np.ones(len(known), dtype=bool)),
        (" semantic", ~syntactic_Q),
        (" syntactic", syntactic_Q),
    ):
        if n := int(chosen_Q.sum()):
            share = float(hits_Q[chosen_Q].mean())
            error = binomial_error(share, n)
            yield Score(
                language, "analogy", share, n, split="test", setting=setting + part,
                standard_error=error,
            )  # fmt: skip
    share = len(known) / len(questions)
    yield Score(language, "coverage", share, len(questions), split="test", setting=setting)


def _solved(vectors: VectorSet, questions: list[tuple[str, ...]]) -> npt.NDArray[np.bool_]:
    unit_NE = unit_rows(vectors.vectors_WE)
    rows_Q4 = np.array([[_row(word, vectors) for word in words] for words in questions])
    # Transposed, the four columns of the questions are four arrays of Q rows.
    a, b, c, answer_Q = rows_Q4.T
    queries_QE = unit_rows(unit_NE[b] - unit_NE[a] + unit_NE[c])
    # Of the four nearest at least one is none of the three words of the question.
    found_QK, _ = nearest(queries_QE, unit_NE, min(4, len(unit_NE)))
    asked_Q3 = rows_Q4[:, :3]
    allowed_QK = ~(found_QK[:, :, None] == asked_Q3[:, None, :]).any(axis=2)
    # argmax of truth values is the first true one: the nearest word outside the question. It is
    # also 0 if none is true, which `any` excludes.
    first_Q = found_QK[np.arange(len(found_QK)), allowed_QK.argmax(axis=1)]
    return np.asarray((first_Q == answer_Q) & allowed_QK.any(axis=1))


def _all_known(words: tuple[str, ...], vectors: VectorSet) -> bool:
    return all(_folded(word, vectors) in vectors.index for word in words)


def _row(word: str, vectors: VectorSet) -> int:
    return vectors.index[_folded(word, vectors)]


def _folded(word: str, vectors: VectorSet) -> str:
    return word.lower() if vectors.lowercase else word
