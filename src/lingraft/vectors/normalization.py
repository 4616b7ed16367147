"""Normalization of vectors before they are mapped: four code bases, four habits.

Legend: N vectors, E dimension.
"""

import numpy as np
import numpy.typing as npt

from lingraft.numeric.arrays import AnyFloats
from lingraft.numeric.rows import unit_rows

Steps = tuple[str, ...]

PRESETS: dict[str, Steps] = {
    "wechsel": (),
    "muse": (),
    "fasttext": ("unit",),
    "vecmap": ("unit", "center", "unit"),
}


def steps_of(preset: str, center: bool) -> Steps:
    """The steps of a preset; `center` adds centering where the preset has none."""
    steps = PRESETS[preset]
    if center and "center" not in steps:
        return (*steps, "center", *steps)
    return steps


def mean_before_centering(vectors_NE: AnyFloats, steps: Steps) -> npt.NDArray[np.float64]:
    """Mean (E) that the centering step subtracts; zeros where no step centers."""
    if "center" not in steps:
        return np.zeros(vectors_NE.shape[1])
    before = steps[: steps.index("center")]
    prepared = unit_rows(vectors_NE) if "unit" in before else vectors_NE
    return np.asarray(prepared.mean(axis=0, dtype=np.float64))


def normalize(vectors_NE: AnyFloats, steps: Steps, mean_E: npt.NDArray[np.float64]) -> AnyFloats:
    """Apply the steps; a zero vector (a text without a vector) stays zero through all of them.

    Args:
        vectors_NE: the vectors.
        steps: "unit" and "center", in order.
        mean_E: what centering subtracts.
    """
    # Centering would make minus the mean of a zero vector.
    is_zero_N1 = np.logical_not(np.any(vectors_NE, axis=1, keepdims=True))
    result = vectors_NE
    for step in steps:
        result = unit_rows(result) if step == "unit" else result - mean_E.astype(result.dtype)
    if is_zero_N1.any() and "center" in steps:
        result = np.where(is_zero_N1, np.zeros((), result.dtype), result)
    return result
