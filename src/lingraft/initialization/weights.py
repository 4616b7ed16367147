"""W as an object: sparse row weights, a provenance for every row, and how layers stack to it.

Every training-free method is E_target = W E_source (+ fill). A method describes its W as *layers*
in order of trust (special roles, copies, combinations). `stack` takes each row from the first layer
that has it; rows that no layer has are left to fill.

Shapes: T target rows, S source rows, N rows of one layer, R rank, D embedding dimensions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lingraft.initialization.fill import Filler
from lingraft.initialization.trial import Trial
from lingraft.numeric import sparse
from lingraft.numeric.arrays import Float64, Int64, Numbers

_COLUMN_BLOCK = 64


class Provenance(IntEnum):
    """Where a target row comes from."""

    ROLE = 0  # copied from the source's special token of the same role
    EXACT = 1  # copied from the same token
    FUZZY = 2  # copied from the same token up to case or spaces
    COMBINED = 3  # a weighted sum of source rows
    FILL = 4  # nothing is known about it
    PADDING = 5  # no token has this id
    GENERATED = 6  # made by a trained generator

    @property
    def is_made(self) -> bool:
        """True where a method made the row, as a copy or in another way."""
        return self not in (Provenance.FILL, Provenance.PADDING)

    @property
    def is_copy(self) -> bool:
        """True where the row is one source row, bit for bit."""
        return self <= Provenance.FUZZY


@dataclass(frozen=True, eq=False)
class LowRank:
    """Dense weights as a product left @ right, for methods that weigh every source token."""

    left_TR: Float64
    right_RS: Float64


@dataclass(frozen=True, eq=False)
class GeneratedRows:
    """Rows that are no sums of source rows: a generator made them."""

    rows_N: Int64
    """Target rows, rising."""
    values: Mapping[str, Numbers]
    """By matrix (`embeddings`, or coordinates under this name, `output`, `bias`): (N, D) or (N,).
    """

    def put_into(self, matrix_TX: Numbers, name: str, generated_N: Int64) -> None:
        """Put the rows into a matrix, in place, if there are any for it.

        Args:
            matrix_TX: of the target.
            name: which one it is.
            generated_N: the target rows to put, rising; all are among these.
        """
        if name in self.values:
            places_N = np.searchsorted(self.rows_N, generated_N)
            matrix_TX[generated_N] = self.values[name][places_N]


@dataclass(frozen=True, eq=False)
class Layer:
    """Weights for some target rows, all of one provenance."""

    provenance: Provenance
    rows_N: Int64
    """Target rows, each at most once."""
    weights_NS: csr_array
    left_NR: Float64 | None = None
    """Rows of `Weights.dense.left_TR`, for a layer of dense weights."""


def copies(provenance: Provenance, target_N: Int64, source_N: Int64, columns: int) -> Layer:
    """A layer of copied rows.

    Args:
        provenance: why they are copied.
        target_N: target rows.
        source_N: the source row of each.
        columns: number of source rows altogether (S).
    """
    target_N, source_N = np.asarray(target_N, np.int64), np.asarray(source_N, np.int64)
    return Layer(provenance, target_N, sparse.one_hot(source_N, columns))


def combined(rows_N: Int64, weights_NS: csr_array) -> Layer:
    """A layer of weighted sums; rows without any weight are left out, so that they are filled."""
    kept_N = sparse.row_support(weights_NS) > 0
    return Layer(
        Provenance.COMBINED, np.asarray(rows_N, np.int64)[kept_N], csr_array(weights_NS[kept_N])
    )


@dataclass(frozen=True, eq=False)
class Weights:
    """W with the provenance of each row; row t of a FILL or PADDING row is empty."""

    matrix_TS: csr_array
    provenance_T: NDArray[np.uint8]
    dense: LowRank | None = None
    generated: GeneratedRows | None = None
    """What the GENERATED rows are; their weights are for matrices that it does not have."""
    fill: Filler | None = None
    """The method's own way to fill rows, instead of the policy of the settings."""
    observations_T: Float64 | None = None
    """How many observations each row is based on (T,), where the method counts them."""
    trial: Callable[[], Trial | None] | None = None
    """The same on a part of the observations, where others are left to test it on."""
    account: Mapping[str, Any] = field(default_factory=dict)
    """What the method found out on the way, for the account of the initialization."""

    def rows(self, *provenances: Provenance) -> Int64:
        """Target rows of any of these provenances, rising."""
        return np.flatnonzero(np.isin(self.provenance_T, provenances))

    def under(self, layers: Sequence[Layer]) -> "Weights":
        """These weights, but rows that are in one of `layers` come from the first such layer."""
        # W taken apart again, one layer for each provenance, so that rows keep theirs.
        own = [
            Layer(code, rows_N, csr_array(self.matrix_TS[rows_N]))
            for code in Provenance
            if code.is_made and len(rows_N := self.rows(code))
        ]
        stacked = stack([*layers, *own], *self.matrix_TS.shape)
        dense = None if self.dense is None else self._uncovered(layers)
        return replace(
            stacked,
            dense=dense,
            generated=self.generated,
            fill=self.fill,
            account=self.account,
        )

    def put_generated(self, matrix_TX: Numbers, name: str) -> None:
        """Put the generated rows into one of the target's matrices, in place."""
        if self.generated is not None:
            self.generated.put_into(matrix_TX, name, self.rows(Provenance.GENERATED))

    def padded(self, rows: int, present_T: NDArray[np.bool_]) -> "Weights":
        """These weights with `rows` rows; rows past the vocabulary and its gaps are PADDING."""
        missing = rows - len(self.provenance_T)
        # `resize` works in place, hence the copy.
        matrix_TS = self.matrix_TS.copy()
        matrix_TS.resize((rows, matrix_TS.shape[1]))
        provenance_T = np.pad(self.provenance_T, (0, missing), constant_values=Provenance.PADDING)
        # Ids and not the mask itself, because `present_T` has no entries for the new rows.
        provenance_T[np.flatnonzero(~present_T)] = Provenance.PADDING
        dense = self.dense
        if dense is not None:
            dense = LowRank(np.pad(dense.left_TR, ((0, missing), (0, 0))), dense.right_RS)
        return replace(self, matrix_TS=matrix_TS, provenance_T=provenance_T, dense=dense)

    def _uncovered(self, layers: Sequence[Layer]) -> LowRank:
        assert self.dense is not None  # noqa: S101
        left_TR = self.dense.left_TR.copy()
        for layer in layers:
            left_TR[layer.rows_N] = 0.0
        return LowRank(left_TR, self.dense.right_RS)

    def row(self, target: int) -> Float64:
        """The weights of one target row (S,), dense."""
        # A list as the index keeps a matrix of one row.
        row_S: Float64 = self.matrix_TS[[target]].toarray()[0]
        if self.dense is not None:
            row_S += self.dense.left_TR[target] @ self.dense.right_RS
        return row_S

    def apply(self, source_SD: NDArray[Any]) -> NDArray[Any]:
        """W @ source (T, D), summed in float64 and returned in the dtype of the source.

        Copied rows are bit-identical to the source's, rows without weights are zero. Columns are
        taken in blocks: no float64 copy of a whole matrix is made.
        """
        # A row with one weight of 1.0 is exact in float64, so copies keep every bit.
        rows, dimensions = self.matrix_TS.shape[0], source_SD.shape[1]
        result_TD = np.empty((rows, dimensions), source_SD.dtype)
        for start in range(0, dimensions, _COLUMN_BLOCK):
            columns = slice(start, start + _COLUMN_BLOCK)
            block_SB = np.asarray(source_SD[:, columns], np.float64)
            block_TB: Float64 = self.matrix_TS @ block_SB
            if self.dense is not None:
                # The right product first: (R, B) is small, while left @ right would be (T, S).
                block_TB += self.dense.left_TR @ (self.dense.right_RS @ block_SB)
            result_TD[:, columns] = block_TB
        return result_TD


def stack(
    layers: Sequence[Layer], target_rows: int, columns: int, right_RS: Float64 | None = None
) -> Weights:
    """Weights whose row t is that of the first layer that has t.

    Args:
        layers: the most trusted first.
        target_rows: number of target rows (T).
        columns: number of source rows (S).
        right_RS: the right factor for layers with `left_NR`.
    """
    provenance_T = np.full(target_rows, Provenance.FILL, np.uint8)
    taken_T = np.zeros(target_rows, bool)
    matrix_TS = csr_array((target_rows, columns), dtype=np.float64)
    left_TR = None if right_RS is None else np.zeros((target_rows, len(right_RS)))
    for layer in layers:
        free_N = ~taken_T[layer.rows_N]
        rows_N = layer.rows_N[free_N]
        taken_T[rows_N] = True
        provenance_T[rows_N] = layer.provenance
        # The layers' remaining rows are disjoint, so the sum only puts them side by side.
        matrix_TS = matrix_TS + sparse.scatter_rows(layer.weights_NS[free_N], rows_N, target_rows)
        if layer.left_NR is not None and left_TR is not None:
            left_TR[rows_N] = layer.left_NR[free_N]
    dense = None if left_TR is None or right_RS is None else LowRank(left_TR, right_RS)
    return Weights(sparse.canonical(csr_array(matrix_TS)), provenance_T, dense)
