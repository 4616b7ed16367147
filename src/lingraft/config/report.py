"""What the report compares, the confidence of its intervals, and which published numbers it
shows."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from lingraft.config.base import Block, Language, Name


class Published(Block):
    """One of our results that repeats a published one; the report shows its published numbers
    beside ours. What repeats it is a model, an alignment, or a set of vectors."""

    run: Name | None = None
    """The run of a model, by its name in `runs`."""
    initialization: Name | None = None
    """The initialization within that run."""
    alignment: Name | None = None
    """Instead of `run`: the alignment, as `lexicon` measures it."""
    vectors: Name | None = None
    """Instead of `run`: the set of vectors, as the tasks on word vectors measure it."""
    not_run: str = ""
    """Instead of all these: why nothing here repeats the published one. Its numbers are shown with
    this reason."""
    paper: str
    """The paper, as in the column `paper` of the table of published numbers (wechsel, ofa, ...)."""
    model: str
    """The paper's model, as in the column `model` of that table."""
    protocols: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    """Our protocol -> the paper's, one or several, where you know that rules and data are the same,
    such as `xnli/translate_train: xnli/translate-train` for a run on the XNLI corpus. A key may
    also name the setting of the scores, behind the protocol and a comma."""

    @model_validator(mode="after")
    def _repeats_one(self) -> Self:
        ours = (self.run, self.alignment, self.vectors, self.not_run)
        if sum(map(bool, ours)) != 1:
            raise ValueError("name one of `run`, `alignment`, `vectors` and `not_run`")
        if (self.run is None) != (self.initialization is None):
            raise ValueError("`run` and `initialization` name a model together")
        return self

    @property
    def place(self) -> tuple[str, str] | None:
        """Section and name of what repeats the published one; None if nothing does."""
        named = {"runs": self.run, "alignments": self.alignment, "vectors": self.vectors}
        return next(((section, name) for section, name in named.items() if name), None)

    def vouched(self, protocol: str, setting: str = "") -> tuple[str, ...]:
        """The paper's protocols that correspond to one of ours; without an entry, the one of the
        same name.

        Args:
            protocol: ours.
            setting: of the scores; an entry that names it goes first.
        """
        known = self.protocols.get(f"{protocol}, {setting}")
        said = self.protocols.get(protocol, protocol) if known is None else known
        return (said,) if isinstance(said, str) else said


class Neighborhood(Block):
    """Words whose nearest words the report shows as a graph."""

    alignment: Name | None = None
    """The alignment in whose common space neighbors of both languages are sought."""
    vectors: Name | None = None
    """Instead of `alignment`: the vectors among whose words neighbors are sought."""
    words: Annotated[tuple[str, ...], Field(min_length=1, max_length=40)]
    """The words, of the source language of an alignment."""
    neighbors: Annotated[int, Field(ge=1, le=20)] = 4
    """Nearest words of each word, in each language."""

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if (self.alignment is None) == (self.vectors is None):
            raise ValueError("name either `alignment` or `vectors`")
        return self

    @property
    def section(self) -> str:
        """Where the configuration has it: `alignments` or `vectors`."""
        return "alignments" if self.alignment else "vectors"

    @property
    def title(self) -> str:
        """The name of the alignment or of the vectors."""
        return self.alignment or str(self.vectors)


class Report(Block):
    """What the page shows; changing it makes only the report again."""

    baseline: Name = "random"
    """The initialization that all others are compared to, in every run that has it."""
    headline: tuple[str, ...] = ("bits_per_byte", "accuracy@1", "accuracy@10")
    """The metrics of the first table, by name; the first one that was measured decides who won."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Confidence of every interval."""
    resamples: int = Field(default=10_000, ge=200, le=1_000_000)
    """Resamples of the bootstrap and of randomization tests."""
    stochastic_order: bool = False
    """Add almost stochastic order over seeds (needs at least two seeds of each initialization)."""
    examples: int = Field(default=12, ge=0, le=200)
    """Example tokens whose nearest source tokens are shown, for each run."""
    failed_alignment: float = Field(default=0.05, ge=0, le=1)
    """An alignment that translates a smaller share of words (P@1) is called failed on the page."""
    neighbor_graphs: tuple[Neighborhood, ...] = ()
    """Words whose nearest words are drawn, one graph for each alignment or set of vectors."""
    groups: dict[Name, tuple[Language, ...]] = Field(default_factory=dict)
    """Groups of languages that get a mean of their own, such as head and tail."""
    limitations: tuple[str, ...] = ()
    """What else the reader should not conclude; each is one sentence on the page."""
    paper_tables: tuple[str, ...] = ()
    """CSV files with published numbers, beside those that come with lingraft; same columns."""
    published: tuple[Published, ...] = ()
    """Which of our models, alignments and vectors repeats which published one."""
