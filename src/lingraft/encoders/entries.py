"""The vectors of a dictionary's entries, from those of their definitions.

Shapes: N definitions, V entries, E dimensions.
"""

import warnings

import numpy as np
from numpy.typing import NDArray

from lingraft.errors import InputError
from lingraft.numeric.arrays import Float32

_SCALE = 100.0  # of the independent components
_MOST_ITERATIONS = 1000


def entry_vectors(vectors_NE: Float32, entries_N: NDArray[np.int64]) -> Float32:
    """The mean over an entry's definitions, float32, V x E.

    Args:
        vectors_NE: of the definitions.
        entries_N: whose definition each is, from 0 to V - 1.
    """
    counts_V = np.bincount(entries_N)
    summed_VE = np.zeros((len(counts_V), vectors_NE.shape[1]))
    np.add.at(summed_VE, entries_N, vectors_NE)
    return np.asarray(summed_VE / counts_V[:, None], dtype=np.float32)


def independent(entries_VE: Float32, seed: int) -> Float32:
    """The independent components of vectors, each of variance 1, times 100.

    Args:
        entries_VE: vectors; they are standardized first.
        seed: of FastICA.

    Raises:
        InputError: there are no more entries than dimensions.
    """
    from sklearn.decomposition import FastICA
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.preprocessing import StandardScaler

    entries, width = entries_VE.shape
    if entries <= width:
        raise InputError(
            f"isotropy: ica needs more entries than the vectors have dimensions ({width}), and "
            f"there are {entries}; use isotropy: none, or a larger dictionary"
        )
    analysis = FastICA(width, whiten="unit-variance", max_iter=_MOST_ITERATIONS, random_state=seed)
    with warnings.catch_warnings():
        # Components that still turn a little are as good: what counts is the variance.
        warnings.simplefilter("ignore", ConvergenceWarning)
        found_VE = analysis.fit_transform(StandardScaler().fit_transform(entries_VE))
    return np.asarray(_SCALE * found_VE, dtype=np.float32)
