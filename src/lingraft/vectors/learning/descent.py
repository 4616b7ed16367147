"""Tables of vectors that AdaGrad changes where they were looked up, and the threads it runs on.

Duchi, Hazan and Singer (2011); for word vectors as in Lai, Liu, He and Zhao (2016): one step size
for each number, so that rare words take longer steps.

Shapes: R rows of a table, N rows that are looked up, E dimensions.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

_FIRST_SQUARES = 1e-8  # the sums of squares begin here, so that nothing is divided by zero


class AdagradTable:
    """Parameters, float32, whose rows take steps of AdaGrad."""

    def __init__(self, values_RE: Tensor) -> None:
        """Begin with values, which the steps change in place."""
        self.values_RE = values_RE
        self._squares_RE = torch.full_like(values_RE, _FIRST_SQUARES)
        self._used: list[tuple[Tensor, Tensor]] = []

    def rows(self, ids_N: Tensor) -> Tensor:
        """Rows (N, E) as leaves of a computation whose gradients the next step takes."""
        found_NE = self.values_RE[ids_N].requires_grad_()
        self._used.append((ids_N, found_NE))
        return found_NE

    def all(self) -> Tensor:
        """All rows (R, E), as `rows`."""
        return self.rows(torch.arange(len(self.values_RE)))

    def step(self, rate: float) -> None:
        """Change the rows that were looked up since the last step by their gradients."""
        for ids_N, found_NE in self._used:
            gradient_NE = found_NE.grad
            if gradient_NE is None:
                continue
            # Squares first: a row that is frequent within the batch then takes bounded steps.
            # index_add_ adds up all gradients of a row that a batch has several times.
            self._squares_RE.index_add_(0, ids_N, gradient_NE**2)
            gradient_NE /= self._squares_RE[ids_N].sqrt()
            self.values_RE.index_add_(0, ids_N, gradient_NE, alpha=-rate)
        self._used.clear()


def uniform(rows: int, width: int, generator: torch.Generator) -> Tensor:
    """Start values (rows, width) as word2vec's: uniform between -1/2 and 1/2, over the width."""
    return (torch.rand(rows, width, generator=generator) - 0.5) / width


@contextmanager
def torch_threads(threads: int) -> Iterator[None]:
    """Let torch use so many CPU threads inside."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
