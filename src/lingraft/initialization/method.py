"""What a method of initialization is: its settings, its card, what it takes, and its weights.

A method is one class in one file of `methods/`. The Snakefile reads these files in every job that
it submits, so they import nothing heavy: numpy and what is built on it are imported inside the
functions that use them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator

from lingraft.config.base import Block
from lingraft.initialization.policies import BiasPolicy, FillPolicy, Rescaling

if TYPE_CHECKING:
    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Weights

EvidenceKind = Literal["vectors", "dictionary", "parallel", "corpora", "donor"]
"""What is known of the languages: aligned word vectors, the dictionaries of their alignments,
parallel text, text of the target language, another model that owns the target vocabulary."""


@dataclass(frozen=True)
class MethodCard:
    """What a reader should know of a method; docs/methods.md has the same words and more."""

    title: str
    idea: str
    equation: str
    paper: str = ""
    """Authors, year and title."""
    code: str = ""
    """The authors' code that `mode: reference` follows, with its version."""


class Method(Block):
    """Options of every method; the methods' own options follow the papers.

    A subclass names itself in a field `method` and declares `card`, `takes` and `weights`.
    """

    mode: Literal["default", "reference"] = "default"
    """`reference` follows the authors' code, quirks included (their own treatment of special
    tokens, ties and fallback rows). Rows are equal to theirs for WECHSEL, OFA, FOCUS, CLP, FVT,
    RAMEN and the lexical baselines; docs/methods.md says for each method what still differs.
    `default` repairs the quirks."""
    special_tokens: Literal["role", "none"] = "role"
    """`role` copies special tokens by role ([CLS] for <s>, [MASK] for <mask>); `none` leaves them
    to the method. With `mode: reference` the authors' own rule applies."""
    special_token_map: dict[str, str] = Field(default_factory=dict)
    """Target token -> source token, where the roles give the wrong one: `{"<mask>": "[MASK]"}`."""
    extends_source: bool = False
    """Whether the target vocabulary is the source's with more tokens, or with fewer: then tokens of
    the same string keep their rows."""
    fill: FillPolicy = "normal"
    """Rows about which nothing is known. `normal`: N(mean, deviation) for each dimension of the
    source; `mean`: its mean row; `covariance`: N(mean, 1e-9 covariance); `unknown`: its unknown
    token; `zero`: zeros."""
    rescale: Rescaling = "none"
    """Combined rows are shorter than their parts. `mean` gives them the mean norm of the source,
    `neighbors` the weighted mean norm of the rows that they are made of."""
    bias: BiasPolicy = "auto"
    """The head's bias. `zero`: zeros; `combine`: by the same weights as the rows; `copy`: copied
    where the row is copied, zero elsewhere; `unigram`: scaled log frequency of the token in the
    target corpus; `auto`: `combine` with `extends_source`, else `unigram` if there is a corpus,
    else `zero`. Compare methods under one policy only."""
    bias_scale: NonNegativeFloat = 0.5
    """Factor of the log frequency with `bias: unigram`."""
    calibration_tokens: NonNegativeInt = 0
    """Fit two factors on about so many predicted tokens of the training text, through the frozen
    body: one for the logits (in the normalization before the output matrix, so that embeddings and
    states stay as they are), one for the bias. 0: none. 1,000 take seconds."""
    width: PositiveInt | None = None
    """Factorize: token coordinates of this width and a matrix of primitives replace the embedding
    matrix (OFA). Unset: full width, no factorization."""
    pad_to_multiple_of: PositiveInt = 1
    """Round the number of rows up to a multiple of this, for the speed of matrix products."""

    card: ClassVar[MethodCard]
    own_in_reference: ClassVar[frozenset[str]] = frozenset()
    """Options that the authors' code decides itself, so that they cannot be set with it."""
    revision: ClassVar[int] = 0
    """Raised by hand when the results of this method alone change for the same settings: it is
    added to the version of the stage, so that no other method is made again."""
    needs_algorithm: ClassVar[str | None] = None
    """The only algorithm of the run's tokenizer with which the method is of use."""
    needs_generator: ClassVar[str | None] = None
    """The only method of its generator with which it is of use."""
    may_be_part: ClassVar[bool] = True
    """Whether a mixture may have it as a part."""
    small: ClassVar[Mapping[str, Any]] = {}
    """Values of its options for a small experiment (`SCALE=yes`)."""

    @model_validator(mode="after")
    def _check_reference(self) -> Self:
        own = self.own_in_reference | {"special_tokens"}
        ignored = sorted(own & self.model_fields_set) if self.mode == "reference" else []
        if ignored:
            raise ValueError(f"{', '.join(ignored)} cannot be set with mode: reference")
        return self

    @model_validator(mode="after")
    def _check_calibration(self) -> Self:
        if self.calibration_tokens and self.mode == "reference":
            raise ValueError("calibration_tokens cannot be set with mode: reference")
        is_asked = self.calibration_tokens and "calibration_tokens" in self.model_fields_set
        if is_asked and self.extends_source:
            raise ValueError(
                "calibration_tokens cannot be set with extends_source: the factors are those of "
                "all tokens, and the old ones keep what the source model says of them"
            )
        return self

    @classmethod
    def name(cls) -> str:
        """What a configuration calls it."""
        return str(cls.model_fields["method"].default)

    @property
    def takes(self) -> frozenset[EvidenceKind]:
        """The evidence that the method makes use of: the workflow provides what the run has."""
        return frozenset()

    @property
    def needs(self) -> frozenset[EvidenceKind]:
        """The evidence without which the method cannot run."""
        return self.takes

    @property
    def trained_generator(self) -> str | None:
        """Name of the trained generator that makes rows; None where none does."""
        return None

    @property
    def takes_multilingual_vectors(self) -> bool:
        """Whether vectors of many languages in one space may replace aligned ones."""
        return False

    def rebuilt(self, model: Any, request: Request) -> tuple[Any, Mapping[str, Any]]:
        """What becomes of the model with the target's vocabulary, and what the report says of it;
        most methods leave it as it is.

        Args:
            model: the source model with the rows of the method.
            request: what was asked.

        Raises:
            ConfigError: the request does not fit the method.
            InputError: the model does not.
        """
        return model, {}

    def weights_as_part(self, request: Request) -> Weights:
        """W for a mixture, which has other methods for the rows of which this one knows little."""
        return self.weights(request)

    def weights(self, request: Request) -> Weights:
        """W for a request; special tokens by role come on top of it.

        Raises:
            ConfigError: the request lacks evidence that the method needs.
            InputError: the evidence is unusable.
        """
        raise NotImplementedError


def declared(base: type[Method] = Method) -> Iterator[type[Method]]:
    """The methods that have been imported, in this order: classes that name themselves.

    Args:
        base: they derive from it, directly or through a class that several methods share.
    """
    for each in base.__subclasses__():
        if "method" in each.model_fields:
            yield each
        yield from declared(each)
