"""What every method of initialization has: special tokens, fill, norms, bias, width."""

from typing import ClassVar, Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveInt, model_validator

from lingraft.config.base import Block

Evidence = Literal["vectors", "parallel", "corpora", "donor"]
"""What is known of the languages: aligned word vectors, parallel text, text of the target language,
another model that owns the target vocabulary."""


class Method(Block):
    """Options of every method; the methods' own options follow the papers."""

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
    """Whether the target vocabulary is the source's with more tokens: then tokens of the same
    string keep their rows."""
    fill: Literal["normal", "mean", "covariance", "unknown", "zero"] = "normal"
    """Rows about which nothing is known. `normal`: N(mean, deviation) for each dimension of the
    source; `mean`: its mean row; `covariance`: N(mean, 1e-9 covariance); `unknown`: its unknown
    token; `zero`: zeros."""
    rescale: Literal["none", "mean", "neighbors"] = "none"
    """Combined rows are shorter than their parts. `mean` gives them the mean norm of the source,
    `neighbors` the weighted mean norm of the rows that they are made of."""
    bias: Literal["auto", "zero", "combine", "copy", "unigram"] = "auto"
    """The head's bias. `zero`: zeros; `combine`: by the same weights as the rows; `copy`: copied
    where the row is copied, zero elsewhere; `unigram`: scaled log frequency of the token in the
    target corpus; `auto`: `unigram` if there is a corpus, else `zero`. Compare methods under one
    policy only."""
    bias_scale: NonNegativeFloat = 0.5
    """Factor of the log frequency with `bias: unigram`."""
    width: PositiveInt | None = None
    """Factorize: token coordinates of this width and a matrix of primitives replace the embedding
    matrix (OFA). Unset: full width, no factorization."""
    pad_to_multiple_of: PositiveInt = 1
    """Round the number of rows up to a multiple of this, for the speed of matrix products."""

    own_in_reference: ClassVar[frozenset[str]] = frozenset()
    """Options that the authors' code decides itself, so that they cannot be set with it."""

    @model_validator(mode="after")
    def _check_reference(self) -> Self:
        own = self.own_in_reference | {"special_tokens"}
        ignored = sorted(own & self.model_fields_set) if self.mode == "reference" else []
        if ignored:
            raise ValueError(f"{', '.join(ignored)} cannot be set with mode: reference")
        return self

    @property
    def takes(self) -> frozenset[Evidence]:
        """The evidence that the method makes use of: the workflow provides what the run has."""
        return frozenset()

    @property
    def needs(self) -> frozenset[Evidence]:
        """The evidence without which the method cannot run."""
        return self.takes

    @property
    def takes_multilingual_vectors(self) -> bool:
        """Whether vectors of many languages in one space may replace aligned ones."""
        return False
