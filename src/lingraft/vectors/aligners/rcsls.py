"""RCSLS (Joulin et al., 2018): Procrustes, then gradient descent on a relaxed CSLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from lingraft.vectors.aligners.aligner import Aligner

if TYPE_CHECKING:
    from lingraft.vectors.fitting import Maps, Problem


class Rcsls(Aligner):
    """Procrustes, then gradient descent on a loss that relaxes retrieval by CSLS."""

    method: Literal["rcsls"] = "rcsls"
    iterations: PositiveInt = 10
    """Steps of gradient descent at most. A step that raises the loss is taken back."""
    learning_rate: PositiveFloat = 1.0
    """Of the first step; it is halved whenever the loss rises."""
    constraint: Literal["spectral", "none"] = "spectral"
    """`spectral`: the singular values of the map stay within [0, 1]; `none`: the loss has no lower
    bound, and only the number of steps limits the map."""
    development: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Share of the pairs that only choose the number of steps, by their mean reciprocal rank; the
    map is then fitted on all pairs. 0: all steps are made."""

    def fit(self, problem: Problem) -> Maps:
        """The map after the best number of steps; the target side stays."""
        from lingraft.vectors.rcsls import fit_rcsls

        return fit_rcsls(
            problem,
            neighbors=self.neighbors,
            iterations=self.iterations,
            learning_rate=self.learning_rate,
            spectral=self.constraint == "spectral",
            development=self.development,
        )
