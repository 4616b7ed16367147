"""Vectors of any text from its parts: character n-grams, or characters with their positions.

Legend: P parts, E dimension.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from lingraft.errors import InputError
from lingraft.numeric.arrays import Float32


@dataclass(frozen=True)
class Cutting:
    """How a word is cut into parts.

    Args:
        shortest: characters of the shortest part; 0 gives no parts.
        longest: characters of the longest part.
        boundaries: `<` before and `>` after the word belong to its parts, as in fastText.
        positions: a part at the beginning, in the middle or at the end is not the same part.
    """

    shortest: int
    longest: int
    boundaries: bool = True
    positions: bool = False

    def parts(self, word: str) -> list[str]:
        """The parts of a word, one as often as it occurs."""
        text = f"<{word}>" if self.boundaries else word
        found = [
            (start, text[start : start + size])
            for size in range(max(self.shortest, 1), self.longest + 1)
            for start in range(len(text) - size + 1)
        ]
        # As in fastText, a boundary alone is no part.
        found = [(start, part) for start, part in found if not self.boundaries or part not in "<>"]
        if not self.positions:
            return [part for _, part in found]
        return [f"{_place(start, part, text)}{part}" for start, part in found]


def _place(start: int, part: str, text: str) -> str:
    return "^" if start == 0 else "$" if start + len(part) == len(text) else "-"


@dataclass(frozen=True)
class PartsModel:
    """Gives a text the mean vector of the parts that are known.

    Args:
        cutting: how a text is cut.
        parts: the known parts.
        vectors_PE: their vectors, float32.
    """

    cutting: Cutting
    parts: list[str]
    vectors_PE: Float32

    @cached_property
    def _index(self) -> dict[str, int]:
        return {part: row for row, part in enumerate(self.parts)}

    def get_word_vector(self, word: str) -> Float32:
        """Mean vector of the known parts; zeros if there is none."""
        rows = [self._index[part] for part in self.cutting.parts(word) if part in self._index]
        if not rows:
            return np.zeros(self.vectors_PE.shape[1], np.float32)
        mean_E: Float32 = self.vectors_PE[rows].mean(axis=0)
        return mean_E

    def save_model(self, path: str) -> None:
        """Write the model as a `.npz` without pickled objects."""
        cutting = [int(value) for value in vars(self.cutting).values()]
        encoded = np.frombuffer("\n".join(self.parts).encode("utf-8"), np.uint8)
        np.savez(path, cutting=np.array(cutting), parts=encoded, vectors=self.vectors_PE)

    @classmethod
    def load(cls, path: Path) -> "PartsModel":
        """Read what `save_model` wrote.

        Raises:
            InputError: the file is not such a model.
        """
        try:
            with np.load(path, allow_pickle=False) as content:
                shortest, longest, boundaries, positions = content["cutting"].tolist()
                text = content["parts"].tobytes().decode("utf-8")
                vectors_PE = content["vectors"]
        except (ValueError, KeyError, OSError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise InputError(f"{path} is damaged ({reason}); make the vectors again") from None
        cutting = Cutting(shortest, longest, bool(boundaries), bool(positions))
        return cls(cutting, text.split("\n") if text else [], vectors_PE)
