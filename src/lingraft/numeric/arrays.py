"""Names of arrays by what their numbers are; the suffix of a variable names the shape.

Legend: a letter of a suffix is a dimension, as in `vectors_WE`; each module says which.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
Uint64 = NDArray[np.uint64]
AnyFloats = NDArray[np.floating[Any]]
AnyInts = NDArray[np.integer[Any]]
Numbers = NDArray[Any]
