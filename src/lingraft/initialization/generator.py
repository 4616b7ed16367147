"""What a generator of rows is: a network that learns the source's rows from what its tokens are.

A generator is one class in one file of `generators/`: its settings, how it reads a token, and its
network. How it is trained and measured is the same for all (`generation/`). The Snakefile reads
these files in every job that it submits, so they import nothing heavy at their top.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from lingraft.config.base import Block, Name, Seed

if TYPE_CHECKING:
    from torch import nn

    from lingraft.initialization.networks.basis import Basis
    from lingraft.initialization.networks.reader import TokenReader
    from lingraft.initialization.request import Request

Share = Annotated[float, Field(ge=0.0, le=1.0)]
OpenShare = Annotated[float, Field(gt=0.0, lt=1.0)]


class TextLessons(Block):
    """How a generator goes on after the source's rows: by what the source model predicts with its
    rows (ZeTT). The source model stays as it is.

    Each lesson samples a vocabulary from text, and the generator makes all its rows. The loss is
    the model's own on this text, cut by this vocabulary, plus `auxiliary` times the distance of
    generated rows to those of source tokens.
    """

    corpora: list[Name] = Field(min_length=1)
    """Text by names in `corpora`; each lesson has that of one, drawn with equal chances. The source
    model should know its language."""
    sampled_vocabularies: PositiveInt = 50
    """Lessons, each with a vocabulary of its own."""
    vocabulary_size: int = Field(default=2000, ge=100)
    """Tokens of a sampled vocabulary besides special ones."""
    characters: PositiveInt = 100_000
    """Text of a lesson: its frequent substrings are the vocabulary."""
    noise: NonNegativeFloat = 0.5
    """Standard deviation of what is added to the logarithm of a substring's weight, so that equal
    text does not give equal vocabularies."""
    dropped: Share = 0.3
    """Share of the training tokens that the source's tokenizer is taken not to have in a lesson.
    Their rows are generated from pieces, and the auxiliary loss compares these with the true ones;
    all other source tokens are copied."""
    steps: PositiveInt = 4
    """Steps of a lesson."""
    windows: PositiveInt = 16
    """Rows of text in a step."""
    sequence_length: int = Field(default=64, ge=8)
    """Tokens of a row of text."""
    learning_rate: PositiveFloat = 3e-4
    """Learning rate of Adam at the first of these steps; it falls to zero."""
    auxiliary: NonNegativeFloat = 0.5
    """Weight of the distance to the rows of source tokens; 0.5 is in the authors' recipes."""


class Generator(Block):
    """Options of every generator: which rows it learns, and how.

    A subclass names itself in a field `method` and declares `reader` and `network`.
    """

    model: Name
    """The source model whose rows it learns, by a name in `models`."""
    width: PositiveInt | None = None
    """Learn the coordinates of the factorized matrix of this width (OFA); the initialization has
    the same `width`. Unset: full rows."""
    epochs: NonNegativeInt = 30
    """Passes over the training tokens."""
    batch_size: PositiveInt = 256
    """Tokens in a step."""
    learning_rate: PositiveFloat = 1e-3
    """Learning rate of Adam at the first step."""
    schedule: Literal["linear", "step"] = "linear"
    """`linear`: the learning rate falls to zero; `step`: it is multiplied by `decay` every
    `decay_epochs` epochs, as HyperOFA's."""
    decay: OpenShare = 0.95
    """Factor of the learning rate with `schedule: step`."""
    decay_epochs: PositiveInt = 10
    """Epochs between two decays."""
    contrastive_share: Share = 0.1
    """Share of the contrastive loss (a row is nearer to its own than to the others of the batch);
    the rest is the L1 loss, relative to the rows' own size."""
    temperature: PositiveFloat = 0.25
    """Temperature of the contrastive loss."""
    held_out: OpenShare = 0.1
    """Share of the tokens that the generator does not learn from: it is measured on them."""
    seed: Seed = 0
    """Seed of the weights, the held-out tokens, the order, and what is sampled."""

    @model_validator(mode="after")
    def _learns(self) -> Self:
        if self.epochs == 0 and self.text_lessons is None:
            raise ValueError("epochs: 0 would learn nothing here; give it one or more")
        return self

    @model_validator(mode="after")
    def _decay_has_effect(self) -> Self:
        if self.schedule == "linear":
            for name in ("decay", "decay_epochs"):
                if name in self.model_fields_set:
                    raise ValueError(f"{name} would have no effect here: it needs schedule: step")
        return self

    @classmethod
    def name(cls) -> str:
        """What a configuration calls its method."""
        return str(cls.model_fields["method"].default)

    @property
    def small(self) -> Mapping[str, Any]:
        """Values of its options for a small experiment (`SCALE=yes`)."""
        return {}

    @property
    def revision(self) -> int:
        """Raised by hand when the results of this generator alone change for the same settings: it
        is added to the version of the stage, so that no other generator is made again."""
        return 1  # FVT's rows, beside which all are measured

    @property
    def follows_authors(self) -> bool:
        """Whether it learns as HyperOFA's code: embeddings alone and in their own unit, of all
        tokens that can be described, in batches that are all full."""
        return False

    @property
    def aligned_by(self) -> tuple[str, ...]:
        """Names of the alignments whose word vectors describe tokens."""
        return ()

    @property
    def described_by(self) -> str | None:
        """Name of the multilingual vectors that describe tokens."""
        return None

    @property
    def text_lessons(self) -> TextLessons | None:
        """How it goes on by the source model's predictions; None where rows are all it learns."""
        return None

    @property
    def made_from(self) -> Iterator[tuple[str, str]]:
        """Section and name of everything that it is trained from."""
        yield "models", self.model
        yield from (("alignments", name) for name in self.aligned_by)
        if self.described_by is not None:
            yield "vectors", self.described_by
        if self.text_lessons is not None:
            yield from (("corpora", name) for name in self.text_lessons.corpora)

    def reader(self, request: Request, basis: Basis) -> TokenReader:
        """How it reads tokens.

        Args:
            request: the source model, and the evidence.
            basis: the source's rows as it learns them.

        Raises:
            ConfigError: the request lacks evidence that it needs.
        """
        raise NotImplementedError

    def network(self, reader: TokenReader, basis: Basis) -> nn.Module:
        """The network with drawn weights: lists of numbers (B, L) and a mask -> rows (B, X), as
        multiples of the basis's unit."""
        raise NotImplementedError
