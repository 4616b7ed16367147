"""What an engine is: something that gives the ids of one tokenizer.

Shapes: N ids of all texts, D texts.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray


class Unsuited(Exception):
    """An engine is not known to give the ids of this tokenizer; the message says why."""


class Disagreement(Exception):
    """An engine gives other ids than the tokenizer itself, or none."""

    def __init__(self, engine: "EncodingEngine", text: str) -> None:
        super().__init__(
            f"the engine {engine.name} is not taken: its ids are not those of the tokenizer for "
            f"the text {text!r:.80}"
        )
        self.engine = engine.name


class EncodedTexts(NamedTuple):
    """The ids of texts, one text after the other, without special tokens."""

    ids_N: NDArray[np.uint32]
    lengths_D: NDArray[np.int64]

    @classmethod
    def of(cls, documents: Sequence[bytes]) -> Self:
        """From the bytes of the ids of each text."""
        lengths_D = np.fromiter(map(len, documents), np.int64, len(documents)) // 4
        return cls(np.frombuffer(b"".join(documents), np.uint32), lengths_D)

    def chosen(self, is_chosen_D: NDArray[np.bool_]) -> Self:
        """The ids of the texts that are chosen."""
        is_own_N = np.repeat(is_chosen_D, self.lengths_D)
        return type(self)(self.ids_N[is_own_N], self.lengths_D[is_chosen_D])

    def some(self, rows: range) -> Self:
        """The ids of some of the texts, at least one."""
        ends_D = np.cumsum(self.lengths_D)
        ids = [self.ids_N[ends_D[row] - self.lengths_D[row] : ends_D[row]] for row in rows]
        return type(self)(np.concatenate(ids), self.lengths_D[rows])

    @classmethod
    def merged(cls, parts: Sequence[tuple[NDArray[Any], Self]]) -> Self:
        """From parts of the texts: the rows of each part, and its ids. Each row is in one part."""
        lengths_D = np.zeros(sum(len(rows) for rows, _ in parts), np.int64)
        for rows, part in parts:
            lengths_D[rows] = part.lengths_D
        starts_D = np.cumsum(lengths_D) - lengths_D
        ids_N = np.empty(int(lengths_D.sum()), np.uint32)
        for rows, part in parts:
            own_D = np.cumsum(part.lengths_D) - part.lengths_D
            shifts_N = np.repeat(starts_D[rows] - own_D, part.lengths_D)
            ids_N[shifts_N + np.arange(len(part.ids_N))] = part.ids_N
        return cls(ids_N, lengths_D)

    def documents(self) -> list[bytes]:
        """The bytes of the ids of each text."""
        ends = [0, *accumulate((4 * self.lengths_D).tolist())]
        everything = self.ids_N.tobytes()
        return [everything[start:end] for start, end in pairwise(ends)]


class EncodingEngine(ABC):
    """Gives the ids of one tokenizer.

    Args:
        backend: a `tokenizers.Tokenizer` that neither truncates nor pads, and takes special tokens
            in a text for text (`encode_special_tokens`).

    Raises:
        Unsuited: a part of the tokenizer is not one that the engine is known to follow.
    """

    name: ClassVar[str]
    includes: ClassVar[frozenset[str]] = frozenset()  # engines that it uses itself

    @abstractmethod
    def __init__(self, backend: Any) -> None: ...

    @abstractmethod
    def encode(self, texts: list[str]) -> EncodedTexts:
        """The ids of each text.

        Raises:
            Disagreement: the engine breaks at a text.
        """
