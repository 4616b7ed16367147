"""The arc between two tensors, as vectors (SLERP).

Shapes: C numbers of a piece.
"""

import math

import torch
from torch import Tensor

from lingraft.numeric.combinations import combine, pieces

_STRAIGHT = 1e-9  # the sine of an angle below which there is no arc to follow


def angle_between(one: Tensor, other: Tensor) -> float:
    """The angle of two tensors as vectors, in radians; exact for small angles, too.

    2 atan2(|u - v|, |u + v|) of the unit vectors (Kahan, "How futile are mindless assessments of
    roundoff", 2006, section 12). 0 where one of them is zero.
    """
    squares = sum((piece.square().sum(1) for _, piece in pieces([one, other])), torch.zeros(2))
    if not bool((squares > 0).all()):
        return 0.0
    norms_21 = squares.sqrt()[:, None]
    apart = together = 0.0
    for _, piece_2C in pieces([one, other]):
        unit_2C = piece_2C / norms_21
        apart += float((unit_2C[0] - unit_2C[1]).square().sum())
        together += float((unit_2C[0] + unit_2C[1]).square().sum())
    return 2 * math.atan2(math.sqrt(apart), math.sqrt(together))


def slerp(one: Tensor, other: Tensor, t: float) -> tuple[Tensor, float]:
    """The point at share `t` of the arc from one tensor to another (Shoemake, 1985).

    The formula for unit vectors is applied to the tensors as they are, so that norms are mixed,
    too. Along one line, where there is no arc, it is the straight mixture.

    Returns:
        The point, and the angle in radians.
    """
    angle = angle_between(one, other)
    sine = math.sin(angle)
    if sine < _STRAIGHT:
        return combine([one, other], [1 - t, t]), angle
    shares = [math.sin((1 - t) * angle) / sine, math.sin(t * angle) / sine]
    return combine([one, other], shares), angle
