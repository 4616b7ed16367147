"""Mixture: the best evidence for each row, from several methods."""

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, model_validator

from lingraft.config.base import Block
from lingraft.config.initialization.common import Evidence, Method
from lingraft.config.initialization.cooccurrence import TokAlign
from lingraft.config.initialization.decomposition import Fvt, Lexical
from lingraft.config.initialization.donors import Clp, Tokensurgeon
from lingraft.config.initialization.similarity import Focus, Ofa, Wechsel
from lingraft.config.initialization.translation import Ramen, TransTokenization

Part = Annotated[
    TransTokenization
    | Wechsel
    | Focus
    | Ofa
    | Fvt
    | Lexical
    | Ramen
    | Clp
    | Tokensurgeon
    | TokAlign,
    Field(discriminator="method"),
]


class Component(Block):
    """One of the methods of a mixture."""

    part: Part
    """The method with its own options; `fill`, `bias` and the like are the mixture's."""
    observations: NonNegativeFloat = 0.1
    """How many observations a row of this method is worth, where the method counts none itself.
    Trans-Tokenization and RAMEN count: a row is worth its number of aligned tokens, and only a row
    without any (found by `smoothing`) is worth this. The small default lets word vectors decide
    where nothing, or next to nothing, was aligned."""

    @model_validator(mode="after")
    def _check_part(self) -> Self:
        common = set(Method.model_fields) - {"mode"}
        ignored = sorted(common & self.part.model_fields_set)
        if ignored:
            raise ValueError(
                f"set {', '.join(ignored)} for the mixture, not for {self.part.method}"
            )
        return self


def _default_components() -> tuple[Component, ...]:
    return (Component(part=TransTokenization()), Component(part=Wechsel()))


class Mixture(Method):
    """lingraft's own: each row is the mean of the rows of several methods, weighted by their
    evidence."""

    method: Literal["mixture"] = "mixture"
    mode: Literal["default"] = "default"
    """The only mode; each component has its own."""
    components: tuple[Component, ...] = Field(default_factory=_default_components, min_length=1)
    """The methods, the most trusted first. Unset: Trans-Tokenization and WECHSEL, or the one of
    them that has its evidence."""
    combine: Literal["evidence", "trust"] = "evidence"
    """`evidence`: the mean of the methods' rows, weighted by the observations behind each;
    `trust`: the row of the first method that has one."""

    @property
    def takes(self) -> frozenset[Evidence]:
        """What any of its components takes."""
        return frozenset().union(*(component.part.takes for component in self.components))

    @property
    def needs(self) -> frozenset[Evidence]:
        """What its components need; those of the default are left out where they lack it."""
        is_default = "components" not in self.model_fields_set
        parts = () if is_default else (component.part for component in self.components)
        return frozenset().union(*(part.needs for part in parts))

    @property
    def takes_multilingual_vectors(self) -> bool:
        """Where every component that takes vectors does."""
        parts = [each.part for each in self.components if "vectors" in each.part.takes]
        return bool(parts) and all(part.takes_multilingual_vectors for part in parts)
