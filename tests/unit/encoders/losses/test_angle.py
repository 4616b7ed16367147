"""AnglE against complex numbers in loops."""

import math
from collections.abc import Callable

from loss_samples import Asked
from torch import Tensor

from lingraft.encoders.losses.angle import Angle

BATCH = [0, 1, 3, 5]


def similarity(left: Tensor, right: Tensor) -> float:
    """The mean real plus imaginary part of the quotients, normed by the lengths, without sign."""
    half = len(left) // 2
    z = [complex(float(a), float(b)) for a, b in zip(left[:half], left[half:], strict=True)]
    w = [complex(float(a), float(b)) for a, b in zip(right[:half], right[half:], strict=True)]
    lengths = [math.sqrt(sum(abs(part) ** 2 for part in side)) for side in (z, w)]
    quotients = [
        a * b.conjugate() / sum(abs(part) ** 2 for part in w) / (lengths[0] / lengths[1])
        for a, b in zip(z, w, strict=True)
    ]
    return abs(sum(quotient.real + quotient.imag for quotient in quotients))


def test_it_is_the_formula(ask: Callable[..., Asked]) -> None:
    asked = ask(Angle(name="angle", temperature=0.5))
    left, right = (asked.vectors(BATCH, column).double() for column in (0, 1))
    similar = [similarity(a, b) for a, b in zip(left, right, strict=True)]
    scores = [asked.material.examples[number].scores[0] for number in BATCH]
    terms = [
        math.exp((similar[low] - similar[high]) / 0.5)
        for high in range(len(BATCH))
        for low in range(len(BATCH))
        if scores[high] > scores[low]
    ]
    assert math.isclose(asked.amount(BATCH), math.log(1 + sum(terms)), rel_tol=1e-6)
