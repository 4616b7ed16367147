"""Orthogonal matching pursuit: each target as a sum of few atoms, chosen one after the other.

Pati, Rezaiifar and Krishnaprasad (1993). The chosen atoms of each target are kept as an
orthonormal basis that grows by one vector a step, so no system is solved before the last step.

Shapes: N targets, M atoms, E dimensions, K atoms a target.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lingraft.numeric.arrays import Int64

_BATCH_NUMBERS = 1 << 25  # of a batch's bases or scores
_TINY = 1e-10


def orthogonal_matching_pursuit(
    targets_NE: NDArray[Any], atoms_ME: NDArray[Any], k: int
) -> tuple[Int64, NDArray[np.float64]]:
    """Atoms and coefficients whose sum approximates each target.

    In each step the atom with the largest inner product (in magnitude) with what is left of the
    target joins; the coefficients are the least squares solution over the chosen atoms. Atoms that
    are not unit vectors are preferred when they are long, as in mergekit.

    Args:
        k: atoms a target, at most the number of atoms and of dimensions.

    Returns:
        Indices (N, K) and coefficients (N, K); where nothing is left to explain, indices repeat
        an atom with coefficient zero.
    """
    k = min(k, *atoms_ME.shape)
    targets = torch.from_numpy(np.asarray(targets_NE, np.float64))
    atoms = torch.from_numpy(np.asarray(atoms_ME, np.float64))
    widest = max(len(atoms), k * atoms.shape[1])
    parts = [
        _pursue(batch, atoms, k) for batch in torch.split(targets, max(1, _BATCH_NUMBERS // widest))
    ]
    return (
        np.concatenate([indices.numpy() for indices, _ in parts]),
        np.concatenate([coefficients.numpy() for _, coefficients in parts]),
    )


def _pursue(targets_NE: Tensor, atoms_ME: Tensor, k: int) -> tuple[Tensor, Tensor]:
    rows_N = torch.arange(len(targets_NE))
    basis_NKE = targets_NE.new_zeros(len(targets_NE), k, targets_NE.shape[1])
    triangle_NKK = torch.eye(k, dtype=targets_NE.dtype).repeat(len(targets_NE), 1, 1)
    projections_NK = targets_NE.new_zeros(len(targets_NE), k)
    chosen_NK = torch.zeros(len(targets_NE), k, dtype=torch.long)
    residual_NE = targets_NE.clone()
    for step in range(k):
        scores_NM = (residual_NE @ atoms_ME.T).abs()
        # An atom is chosen once: scores are magnitudes, so -1 always loses.
        scores_NM[rows_N[:, None], chosen_NK[:, :step]] = -1.0
        chosen_N = scores_NM.argmax(dim=1)
        atom_NE = atoms_ME[chosen_N]
        earlier_NKE = basis_NKE[:, :step]
        shares_NK = torch.einsum("nke,ne->nk", earlier_NKE, atom_NE)
        new_NE = atom_NE - torch.einsum("nk,nke->ne", shares_NK, earlier_NKE)
        # Once more, since rounding leaves a trace of the earlier vectors.
        again_NK = torch.einsum("nke,ne->nk", earlier_NKE, new_NE)
        new_NE -= torch.einsum("nk,nke->ne", again_NK, earlier_NKE)
        length_N = new_NE.norm(dim=1)
        is_new_N = length_N > _TINY * atom_NE.norm(dim=1).clamp(min=_TINY)
        # torch.where computes both branches: the NaN of 0 / 0 is not taken.
        new_NE = torch.where(is_new_N[:, None], new_NE / length_N[:, None], 0.0)
        chosen_NK[:, step] = chosen_N
        basis_NKE[:, step] = new_NE
        # This is a QR decomposition, one column a step: atoms = basis @ triangle. An atom that
        # depends on earlier ones has a zero basis vector; the diagonal 1 then makes its coefficient
        # 0.
        triangle_NKK[:, :step, step] = shares_NK + again_NK
        triangle_NKK[:, step, step] = torch.where(is_new_N, length_N, 1.0)
        projections_NK[:, step] = (new_NE * residual_NE).sum(dim=1)
        residual_NE -= projections_NK[:, step, None] * new_NE
    coefficients_NK1 = torch.linalg.solve_triangular(
        triangle_NKK, projections_NK[..., None], upper=True
    )
    return chosen_NK, coefficients_NK1[..., 0]
