"""Vectors of the source model, which a student learns from.

Shapes: N texts, E dimensions of a vector.
"""

import numpy as np

from lingraft.errors import ConfigError, InputError
from lingraft.numeric.arrays import Float32


def check_teacher(vectors_NE: Float32, width: int) -> None:
    """Check that a student can learn from a teacher's vectors.

    Args:
        vectors_NE: of the teacher.
        width: dimensions of the student's vectors.

    Raises:
        ConfigError: the teacher has another width.
        InputError: a vector is not finite, or zero.
    """
    if vectors_NE.shape[1] != width:
        raise ConfigError(
            f"the teacher's vectors have {vectors_NE.shape[1]} dimensions, and the student's have "
            f"{width}; choose a teacher of the same width, or a loss that compares similarities"
        )
    lengths_N = np.linalg.norm(vectors_NE, axis=1)
    if not np.isfinite(lengths_N).all():
        raise InputError("a vector of the teacher is not finite; take a teacher that is whole")
    if not lengths_N.all():
        raise InputError("a vector of the teacher is zero: an empty text is among the originals")
