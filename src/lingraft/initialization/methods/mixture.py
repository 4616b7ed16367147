"""mixture: each row is the mean of the rows that several methods give it, by their evidence.

lingraft's own method; it needs W as an object (`combining.mixing`). The number of observations
behind a row is that of aligned tokens where a method counted some. The methods without counts are
priors, whose strengths held-out sentence pairs decide (`combining.empirical_bayes`). So W(t) is the
posterior mean of the row. The ablation behind the defaults is in docs/ablation.md.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, model_validator

from lingraft.config.base import Block
from lingraft.config.registry import one_of
from lingraft.errors import ConfigError
from lingraft.initialization.method import EvidenceKind, Method, MethodCard, declared
from lingraft.initialization.methods.trans_tokenization import TransTokenization
from lingraft.initialization.methods.wechsel import Wechsel
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.initialization.policies import FillPolicy

if TYPE_CHECKING:
    from lingraft.initialization.request import Request
    from lingraft.initialization.trial import Trial
    from lingraft.initialization.weights import Weights

    Part = Method
else:
    Part = one_of({each.name(): each for each in declared() if each.may_be_part}, "method")

logger = logging.getLogger(__name__)

_OBSERVATIONS = 0.1  # of a row, where nothing that was held out says what it is worth


class Component(Block):
    """One of the methods of a mixture."""

    part: Part
    """The method with its own options; `fill`, `bias` and the like are the mixture's."""
    observations: NonNegativeFloat | None = None
    """How many observations a row of this method is worth, where the method counts none itself.
    Trans-Tokenization and RAMEN count: a row is worth its number of aligned tokens. Unset: with
    parallel text estimated on held-out sentence pairs, for tokens of like counts. Otherwise, and
    where the method has weights below zero: the precision of the alignment on held-out words, if
    the method takes aligned vectors, or else 0.1."""

    @model_validator(mode="after")
    def _check_part(self) -> Self:
        common = set(Method.model_fields) - {"mode"}
        ignored = sorted(common & self.part.model_fields_set)
        if ignored:
            raise ValueError(
                f"set {', '.join(ignored)} for the mixture, not for {self.part.name()}"
            )
        return self


def _default_components() -> tuple[Component, ...]:
    alignment = WordAlignment(
        estimate="posterior", iterations=None, symmetrization="geometric-mean"
    )
    return (Component(part=TransTokenization(alignment=alignment)), Component(part=Wechsel()))


class Mixture(Method):
    """lingraft's own: each row is the mean of the rows of several methods, weighted by their
    evidence."""

    method: Literal["mixture"] = "mixture"
    mode: Literal["default"] = "default"
    """The only mode; each component has its own."""
    fill: FillPolicy = "mean"
    """As of every method; here a row is filled only where there is no parallel text."""
    calibration_tokens: NonNegativeInt = 1000
    """As of every method: fit two factors of the head on about so many predicted tokens."""
    components: tuple[Component, ...] = Field(default_factory=_default_components, min_length=1)
    """The methods, the most trusted first. Unset: Trans-Tokenization and WECHSEL, or the one of
    them that has its evidence."""
    mean_row: bool = False
    """Whether the mean source row is the last prior of every row, with an estimated strength. It
    lowers the loss of a model that is not calibrated, and costs retrieval (docs/ablation.md)."""
    combine: Literal["evidence", "trust"] = "evidence"
    """`evidence`: the mean of the methods' rows, weighted by the observations behind each;
    `trust`: the row of the first method that has one."""

    card = MethodCard(
        title="Mixture",
        idea=(
            "each row is the mean of the rows that several methods give it, weighted by the "
            "observations behind each. A token that was often aligned follows the parallel text; "
            "a rarely aligned one leans on the word vectors; a token that was never aligned has "
            "the word vectors' row alone. Then the model calibrates its own head on training text."
        ),
        equation=(
            "`W(t) = (n(t) C(t) + sum_k a_k W_k(t)) / (n(t) + sum_k a_k)`. `C(t)` is the row of "
            "translation counts and `n(t)` the number of aligned tokens behind it; `W_k(t)` are "
            "the rows of the other methods. So W(t) is a posterior mean, and the other methods are "
            "its priors. Their strengths `a_k` are estimated for tokens of like `n` (empirical "
            "Bayes): those under which sentence pairs that were not counted are the most likely."
        ),
    )
    may_be_part = False
    revision = 3

    @property
    def takes(self) -> frozenset[EvidenceKind]:
        """What any of its components takes."""
        return frozenset().union(*(component.part.takes for component in self.components))

    @property
    def needs(self) -> frozenset[EvidenceKind]:
        """What its components need; those of the default are left out where they lack it."""
        is_default = "components" not in self.model_fields_set
        parts = () if is_default else (component.part for component in self.components)
        return frozenset().union(*(part.needs for part in parts))

    @property
    def takes_multilingual_vectors(self) -> bool:
        """Where every component that takes vectors does."""
        parts = [each.part for each in self.components if "vectors" in each.part.takes]
        return bool(parts) and all(part.takes_multilingual_vectors for part in parts)

    def weights(self, request: Request) -> Weights:
        """The mean of the components' weights, row by row.

        Raises:
            ConfigError: a component that is asked for lacks its evidence, or, with the default
                components, all of them do.
            InputError: a component's evidence is unusable.
        """
        from lingraft.initialization.combining.mixing import (
            first_only,
            is_prior,
            mean_of,
            observations,
            posterior_mean,
        )

        parts = self._parts(request)
        weights = [each for each, _ in parts]
        if self.combine == "trust":
            return mean_of(weights, first_only(weights))
        given = [_worth(component, request) for _, component in parts]
        first = next((i for i, each in enumerate(weights) if each.trial is not None), None)
        others = [i for i in range(len(parts)) if i != first]
        is_estimated = [parts[i][1].observations is None and is_prior(weights[i]) for i in others]
        trial = None
        if first is not None and (self.mean_row or any(is_estimated)):
            trial = _trial(weights[first])
        if first is None or trial is None:
            return mean_of(weights, list(map(observations, weights, given)))
        return posterior_mean(
            weights[first],
            [weights[i] for i in others],
            [
                None if estimated else observations(weights[i], given[i])
                for i, estimated in zip(others, is_estimated, strict=True)
            ],
            trial,
            uncounted=given[first],
            mean_row=self.mean_row,
        )

    def _parts(self, request: Request) -> list[tuple[Weights, Component]]:
        """Each component's weights; default components that lack their evidence are left out."""
        parts, missing = [], []
        for component in self.components:
            try:
                parts.append((component.part.weights_as_part(request), component))
            except ConfigError as error:
                if "components" in self.model_fields_set:
                    raise
                missing.append(str(error))
                logger.info("mixture leaves out a component: %s", error)
        if not parts:
            raise ConfigError(
                f"mixture has evidence for none of its components: {'; '.join(missing)}"
            )
        return parts


def _worth(component: Component, request: Request) -> float:
    """Observations behind a row for which the component has counted nothing.

    An aligned token is one observation, which is right. A row of an alignment that is right with
    probability p is worth p of it, so a weak space counts for little.
    """
    if component.observations is not None:
        return component.observations
    aligned = request.evidence.alignments if "vectors" in component.part.takes else ()
    known = [each.precision for each in aligned if each.precision is not None]
    return sum(known) / len(known) if known else _OBSERVATIONS


def _trial(weights: Weights) -> Trial | None:
    return None if weights.trial is None else weights.trial()
