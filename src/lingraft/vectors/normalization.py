"""Normalization of vectors before they are mapped: four code bases, four habits.

Legend: N vectors, E dimension.
"""

import numpy as np
import numpy.typing as npt

from lingraft.numeric.arrays import AnyFloats
from lingraft.numeric.rows import row_blocks, unit_rows

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
    is_unit = "unit" in steps[: steps.index("center")]
    total_E = np.zeros(vectors_NE.shape[1])
    for block in row_blocks(len(vectors_NE)):
        part_NE = unit_rows(vectors_NE[block]) if is_unit else vectors_NE[block]
        # The additions go on from the last block's, so the blocks do not show in the sum.
        total_E = np.concatenate([total_E[None], part_NE]).sum(axis=0)
    return total_E / len(vectors_NE)


def normalize(vectors_NE: AnyFloats, steps: Steps, mean_E: npt.NDArray[np.float64]) -> AnyFloats:
    """Apply the steps; a zero vector (a text without a vector) stays zero through all of them.

    Without steps the vectors come back themselves; else one new matrix is made, block by block.

    Args:
        vectors_NE: the vectors.
        steps: "unit" and "center", in order.
        mean_E: what centering subtracts.
    """
    if not steps:
        return vectors_NE
    result_NE = np.empty_like(vectors_NE)
    for block in row_blocks(len(vectors_NE)):
        result_NE[block] = _normalized(vectors_NE[block], steps, mean_E)
    return result_NE


def _normalized(vectors_NE: AnyFloats, steps: Steps, mean_E: npt.NDArray[np.float64]) -> AnyFloats:
    # Centering would make minus the mean of a zero vector.
    is_zero_N1 = np.logical_not(np.any(vectors_NE, axis=1, keepdims=True))
    result = vectors_NE
    for step in steps:
        result = unit_rows(result) if step == "unit" else result - mean_E.astype(result.dtype)
    if is_zero_N1.any() and "center" in steps:
        result = np.where(is_zero_N1, np.zeros((), result.dtype), result)
    return result
