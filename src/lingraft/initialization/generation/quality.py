"""How near a generator comes to the source's rows of tokens that it has not seen, beside FVT.

FVT needs no training: the mean of a token's pieces, in the source's vocabulary without the held-out
tokens. A generator that is worse than that is not worth its training, and whoever uses it is told.

Shapes: M held-out tokens, C candidates (source rows of tokens), X numbers of a row in all parts,
D numbers of one matrix.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.initialization.networks.basis import BIAS, Basis
from lingraft.numeric.arrays import Float64, Int64, Numbers
from lingraft.numeric.rows import unit_rows

MOST = 2000  # held-out tokens that are measured: each is compared with every row
_BLOCK = 256
_NORMAL = 1.96  # deviations of a normal distribution that hold 95 %

BETTER, WORSE, UNDECIDED = "better", "worse", "undecided"


def measured_rows(rows: int) -> Int64:
    """Places of the held-out tokens that are measured, evenly spread if there are many."""
    return np.linspace(0, rows - 1, min(rows, MOST)).astype(np.int64)


def quality_of(
    basis: Basis,
    predicted_MX: Numbers,
    fvt_MX: Numbers,
    held_out_M: Int64,
    candidates_C: Int64,
) -> dict[str, Any]:
    """What `metrics.json` says of a generator: plain JSON values.

    `cosine` and `reciprocal_rank` are means over held-out tokens: of the cosine of the predicted
    and the true row, and of 1 / the place of the true row among all rows by their cosine to the
    predicted one. Each has FVT's value on the same tokens, and the paired difference with an
    interval of 95 %.

    Args:
        basis: the source's rows.
        predicted_MX: the generator's rows.
        fvt_MX: FVT's.
        held_out_M: source rows of the tokens.
        candidates_C: source rows that have a token.
    """
    found: dict[str, Any] = {"tokens": len(held_out_M)}
    wanted_MX = basis.rows_SX[held_out_M]
    for name, part in basis.parts.items():
        if name == BIAS:
            errors = [np.abs(rows[:, part] - wanted_MX[:, part]) for rows in (predicted_MX, fvt_MX)]
            found[name] = {"error": compared(-errors[0][:, 0], -errors[1][:, 0], sign=-1.0)}
            continue
        rows_SD = basis.rows_SX[:, part]
        own_M = np.searchsorted(candidates_C, held_out_M)
        measures = [
            similarities(rows[:, part], rows_SD[candidates_C], own_M)
            for rows in (predicted_MX, fvt_MX)
        ]
        (cosine_M, rank_M), (fvt_cosine_M, fvt_rank_M) = measures
        found[name] = {
            "cosine": compared(cosine_M, fvt_cosine_M),
            "reciprocal_rank": compared(1.0 / rank_M, 1.0 / fvt_rank_M),
            "median_rank": {"value": float(np.median(rank_M)), "fvt": float(np.median(fvt_rank_M))},
        }
    return found | {"candidates": len(candidates_C), "verdict": verdict(found)}


def similarities(
    predicted_MD: Numbers, rows_CD: Numbers, own_M: Int64
) -> tuple[Float64, NDArray[np.int64]]:
    """Cosine of each prediction with its own row (M,), and the place of that row, 1 for the best.

    Args:
        predicted_MD: predicted rows.
        rows_CD: the candidates.
        own_M: which of them is each prediction's own.
    """
    units_CD = unit_rows(rows_CD.astype(np.float32))
    cosines_M = np.empty(len(own_M))
    ranks_M = np.empty(len(own_M), np.int64)
    for first in range(0, len(own_M), _BLOCK):
        block = slice(first, first + _BLOCK)
        cosines_BC = unit_rows(predicted_MD[block].astype(np.float32)) @ units_CD.T
        own_B = cosines_BC[np.arange(len(cosines_BC)), own_M[block]]
        cosines_M[block] = own_B
        ranks_M[block] = 1 + (cosines_BC > own_B[:, None]).sum(axis=1)
    return cosines_M, ranks_M


def compared(ours_M: Numbers, fvt_M: Numbers, sign: float = 1.0) -> dict[str, Any]:
    """Both means, their paired difference (more is better), and its 95 % interval.

    Args:
        ours_M: the generator's values, of which more is better.
        fvt_M: FVT's.
        sign: -1 where the two means are shown with the other sign.
    """
    difference_M = np.asarray(ours_M, np.float64) - np.asarray(fvt_M, np.float64)
    mean = float(difference_M.mean())
    deviation = float(difference_M.std(ddof=1)) if len(difference_M) > 1 else 0.0
    half = _NORMAL * deviation / len(difference_M) ** 0.5
    return {
        "value": sign * float(np.mean(ours_M)),
        "fvt": sign * float(np.mean(fvt_M)),
        "difference": mean,
        "interval": [mean - half, mean + half],
    }


def verdict(found: Mapping[str, Any]) -> str:
    """`worse` where FVT is shown to be better in any measure of any matrix, `better` where the
    generator is in all, and otherwise `undecided`."""
    intervals = [one["interval"] for _, _, one in _measures(found)]
    if any(high < 0 for _, high in intervals):
        return WORSE
    return BETTER if all(low > 0 for low, _ in intervals) else UNDECIDED


def sentence(name: str, quality: Mapping[str, Any]) -> str:
    """The verdict in words, with its numbers.

    Args:
        name: what to call the generator.
        quality: what `quality_of` returned.
    """
    how = {
        BETTER: "is better than FVT",
        WORSE: "is WORSE than FVT",
        UNDECIDED: "is not shown to be better than FVT",
    }[quality["verdict"]]
    said = [
        f"{measure.replace('_', ' ')} of {part} {one['value']:.3f} (FVT {one['fvt']:.3f}, "
        f"difference {one['difference']:+.3f}, 95 % {one['interval'][0]:+.3f} to "
        f"{one['interval'][1]:+.3f})"
        for part, measure, one in _measures(quality)
    ]
    return f"{name} {how} on {quality['tokens']} held-out source tokens: {'; '.join(said)}"


def _measures(found: Mapping[str, Any]) -> Sequence[tuple[str, str, Mapping[str, Any]]]:
    return [
        (part, measure, measures[measure])
        for part, measures in found.items()
        if isinstance(measures, Mapping)
        for measure in ("cosine", "reciprocal_rank")
        if measure in measures
    ]
