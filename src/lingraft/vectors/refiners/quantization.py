"""Quantization: the vectors as they come back from codes of a few bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PositiveInt

from lingraft.vectors.refiners.refiner import Refiner

if TYPE_CHECKING:
    from lingraft.vectors.inputs import VectorInputs
    from lingraft.vectors.word_space import WordSpace


class Quantization(Refiner):
    """Vectors rounded to codes and back: what they lose, and how small they are, is measured."""

    name: Literal["quantization"]
    codes: Literal["product", "int8"] = "product"
    """`product`: the nearest of a few centers in each part of the vector (Jégou et al., 2011);
    `int8`: a byte for each number."""
    parts: PositiveInt = 10
    """Parts of a vector under `product`, each a code; the dimension must be a multiple of it."""
    bits: Annotated[int, Field(ge=1, le=12)] = 8
    """Bits of a code under `product`: 8 gives 256 centers, and needs as many words."""

    def refine(self, space: WordSpace, given: VectorInputs) -> WordSpace:
        """The words as their codes give them back, in float32 still."""
        from lingraft.vectors.quantizing import by_bytes, by_parts, loss

        if self.codes == "int8":
            rounded_NE, size = by_bytes(space.vectors_NE)
        else:
            rounded_NE, size = by_parts(space.vectors_NE, self.parts, self.bits)
        facts = {
            "name": self.name,
            "codes": self.codes,
            "bytes_float32": space.vectors_NE.size * 4,
            "bytes": size,
            **loss(space.vectors_NE, rounded_NE),
        }
        return space.moved(rounded_NE, facts)
