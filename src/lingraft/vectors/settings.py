"""The settings of an alignment: two sets of vectors, dictionaries, and a method."""

import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from lingraft.config.base import Name, Seed
from lingraft.config.registry import one_of
from lingraft.vectors.aligners import ALIGNERS
from lingraft.vectors.aligners.aligner import Aligner
from lingraft.vectors.dictionaries import AnyDictionary


class AlignmentSettings(Aligner):
    """Two named sets of vectors brought into one space, with the help of dictionaries where the
    method needs them."""

    source: Name
    """Vectors of the source language."""
    target: Name
    """Vectors of the target language."""
    dictionaries: list[AnyDictionary] = []
    """In order of trust: if two have the same pair, the weight of the first one counts. Without
    any, which some methods allow, no held-out precision is measured."""
    folds: Annotated[int, Field(ge=2)] = 5
    """Number of folds that measure the alignment: each pair is held out of one fit. The final map
    is then fitted on all pairs."""
    seed: Seed = 0
    """Seed of the folds."""
    minimum_precision: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Warn when the held-out P@1 (CSLS, covered words) is below this."""

    @model_validator(mode="after")
    def _has_the_pairs_it_needs(self) -> Self:
        if self.needs_pairs and not self.dictionaries:
            raise ValueError(f"`method: {self.method}` needs at least one of `dictionaries`")
        return self


def check_partners(alignments: Mapping[str, AlignmentSettings]) -> None:
    """Alignments that are fitted jointly share their source, and each has its own target.

    Args:
        alignments: all, by name; those that another names are among them.

    Raises:
        ValueError: two have other sources, or the same target.
    """
    for key, block in alignments.items():
        for name in block.partners:
            other = alignments[name]
            place = f"alignments.{key}.jointly: {name}"
            if other.source != block.source:
                raise ValueError(
                    f"{place} aligns {other.source}, not {block.source}; "
                    "joint alignments share their source"
                )
            if other.target == block.target:
                raise ValueError(f"{place} has the same target, {block.target}")


def _by(aligner: type[Aligner]) -> type[AlignmentSettings]:
    """The settings of an alignment by one method, whose options are beside the others."""
    content = {
        "__module__": __name__,
        "__doc__": f"{AlignmentSettings.__doc__} {aligner.__doc__}",
        # Descriptions are inherited; to look for others in this source would take long.
        "model_config": ConfigDict(use_attribute_docstrings=False),
    }
    bases = (aligner, AlignmentSettings)
    return types.new_class(f"{aligner.__name__}Alignment", bases, {}, lambda n: n.update(content))


if TYPE_CHECKING:
    AnyAlignment = AlignmentSettings
else:
    AnyAlignment = one_of(
        {name: _by(aligner) for name, aligner in ALIGNERS.items()}, "method", "procrustes"
    )
