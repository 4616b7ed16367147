"""What a generator makes of a token: the parts of its row side by side, in one unit.

Shapes: S source rows, N rows, X numbers of a row in all parts, D dimensions of the embeddings.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lingraft.errors import InputError
from lingraft.initialization.request import Request
from lingraft.numeric.arrays import Float32, Numbers
from lingraft.numeric.factorization import factorize

EMBEDDINGS, OUTPUT, BIAS = "embeddings", "output", "bias"


@dataclass(frozen=True, eq=False)
class Basis:
    """The source's rows as a generator learns them."""

    rows_SX: Float32
    sizes: Mapping[str, int]
    """How many numbers each part has, in the order in which they stand: `embeddings` (coordinates
    where the matrix is factorized), `output` where it is not tied, `bias` where it says anything.
    """
    is_scaled: bool = True
    """Whether networks make multiples of a unit; otherwise they make the rows' own numbers."""

    @cached_property
    def parts(self) -> Mapping[str, slice]:
        """Where each part stands."""
        ends = np.cumsum(list(self.sizes.values())).tolist()
        return {
            name: slice(end - size, end)
            for (name, size), end in zip(self.sizes.items(), ends, strict=True)
        }

    @cached_property
    def unit_X(self) -> Float32:
        """The mean absolute value of the part that a number is of, (X,).

        Networks make multiples of it: coordinates of a factorization are a hundred times smaller
        than embeddings, and a bias is larger.
        """
        if not self.is_scaled:
            return np.ones(self.rows_SX.shape[1], np.float32)
        parts = self.parts.values()
        units = [np.abs(self.rows_SX[:, part]).mean(dtype=np.float64) for part in parts]
        return np.repeat(np.array(units, np.float32), list(self.sizes.values()))

    @cached_property
    def multiples_SX(self) -> Float32:
        """The rows as multiples of the unit: what a network learns, and may look up."""
        return self.rows_SX / self.unit_X

    def split(self, rows_NX: Numbers) -> dict[str, Numbers]:
        """Rows as their parts, by name: (N, D) each, and (N,) for the bias."""
        found = {name: rows_NX[:, part] for name, part in self.parts.items()}
        return found | ({BIAS: found[BIAS][:, 0]} if BIAS in found else {})


def basis_of(request: Request, width: int | None, *, as_authors: bool = False) -> Basis:
    """The rows of a request's source, as a generator learns them.

    Args:
        request: with the source's matrices.
        width: of the factorization (OFA); None for full rows. A factorized model has no output
            matrix of its own.
        as_authors: as HyperOFA's code has them: embeddings alone, in their own unit.

    Raises:
        InputError: the width is more than the model's dimensions.
    """
    dimensions = request.embeddings_SD.shape[1]
    parts: dict[str, Numbers] = {EMBEDDINGS: request.embeddings_SD}
    if width is not None and width > dimensions:
        raise InputError(
            f"width {width} is more than the model's {dimensions} embedding dimensions"
        )
    if width is not None and width < dimensions:
        parts[EMBEDDINGS] = factorize(request.embeddings_SD, width).coordinates_NR
    elif request.output_SD is not None and not as_authors:
        parts[OUTPUT] = request.output_SD
    if request.bias_S is not None and np.ptp(request.bias_S) > 0 and not as_authors:
        parts[BIAS] = request.bias_S[:, None]
    rows_SX = np.concatenate([np.asarray(rows, np.float32) for rows in parts.values()], axis=1)
    sizes = {name: rows.shape[1] for name, rows in parts.items()}
    return Basis(rows_SX, sizes, is_scaled=not as_authors)


def source_digest(request: Request) -> str:
    """SHA-256 of a source's tokens and matrices: a generator knows its model again by it."""
    digest = hashlib.sha256("\n".join(request.source.tokens).encode("utf-8", "surrogatepass"))
    for matrix in (request.embeddings_SD, request.output_SD, request.bias_S):
        if matrix is not None:
            digest.update(np.ascontiguousarray(matrix).data)
    return digest.hexdigest()
