"""What refiners do to every vector of a space, so that text which is not a word can follow.

Legend: N vectors, E dimension before, K dimension after.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lingraft.numeric.arrays import Float32, Float64, Numbers
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.fasttext_model import SubwordModel


@dataclass(frozen=True)
class AffineStep:
    """Unit length if wanted, a mean that is subtracted, and a matrix: `(x - mean) @ matrix`."""

    mean_E: Float64
    matrix_EK: Float64
    unit: bool = False

    @classmethod
    def to_unit_length(cls, dimension: int) -> "AffineStep":
        """Unit length alone."""
        return cls(np.zeros(dimension), np.eye(dimension), unit=True)

    def apply(self, vectors_NE: Numbers) -> Float64:
        """Vectors (N, K) in float64; zero vectors (texts without a vector) stay zero."""
        vectors_NE = vectors_NE.astype(np.float64)
        has_vector_N1 = np.any(vectors_NE, axis=1, keepdims=True)
        vectors_NE = unit_rows(vectors_NE) if self.unit else vectors_NE
        return np.asarray(((vectors_NE - self.mean_E) @ self.matrix_EK) * has_vector_N1)


def apply_steps(steps: Iterable[AffineStep], vectors_NE: Numbers) -> Float64:
    """Vectors (N, K) in float64 after all steps."""
    for step in steps:
        vectors_NE = step.apply(vectors_NE)
    return np.asarray(vectors_NE, dtype=np.float64)


class TransformedModel:
    """A subword model whose vectors take the steps that refined words took."""

    def __init__(self, model: SubwordModel, steps: tuple[AffineStep, ...]) -> None:
        """Put steps behind a model.

        Args:
            model: gives any text a vector; itself transformed, it keeps its own steps before these.
            steps: at least one.
        """
        self.model: SubwordModel = model
        self.steps: tuple[AffineStep, ...] = steps
        if isinstance(model, TransformedModel):
            self.model, self.steps = model.model, (*model.steps, *steps)

    def get_word_vector(self, word: str) -> Float32:
        """The model's vector of any text after all steps; zeros if it has none."""
        vector_1E = self.model.get_word_vector(word)[None]
        return np.asarray(apply_steps(self.steps, vector_1E)[0].astype(np.float32))

    def save_model(self, path: str) -> None:
        """Write the model alone; `save_steps` writes the rest."""
        self.model.save_model(path)

    def save_steps(self, path: Path) -> None:
        """Write the steps as arrays."""
        arrays: dict[str, Any] = {}
        for number, step in enumerate(self.steps):
            arrays |= {f"mean_{number}": step.mean_E, f"matrix_{number}": step.matrix_EK}
        np.savez(path, unit=np.array([step.unit for step in self.steps]), **arrays)


def load_steps(path: Path) -> tuple[AffineStep, ...]:
    """Read what `TransformedModel.save_steps` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        return tuple(
            AffineStep(arrays[f"mean_{number}"], arrays[f"matrix_{number}"], bool(unit))
            for number, unit in enumerate(arrays["unit"])
        )
