"""What the report compares, the confidence of its intervals, and which published numbers it
shows."""

from pydantic import Field

from lingraft.config.base import Block, Language, Name


class Published(Block):
    """One of our models that repeats a published one; the report shows its published numbers beside
    ours."""

    run: Name
    """The run, by its name in `runs`."""
    initialization: Name
    """The initialization within that run."""
    paper: str
    """The paper, as in the column `paper` of the table of published numbers (wechsel, ofa, ...)."""
    model: str
    """The paper's model, as in the column `model` of that table."""
    protocols: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    """Our protocol -> the paper's, one or several, where you know that rules and data are the same,
    such as `xnli/translate_train: xnli/translate-train` for a run on the XNLI corpus."""

    def vouched(self, protocol: str) -> tuple[str, ...]:
        """The paper's protocols that correspond to one of ours; without an entry, the one of the
        same name."""
        said = self.protocols.get(protocol, protocol)
        return (said,) if isinstance(said, str) else said


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
    groups: dict[Name, tuple[Language, ...]] = Field(default_factory=dict)
    """Groups of languages that get a mean of their own, such as head and tail."""
    limitations: tuple[str, ...] = ()
    """What else the reader should not conclude; each is one sentence on the page."""
    paper_tables: tuple[str, ...] = ()
    """CSV files with published numbers, beside those that come with lingraft; same columns."""
    published: tuple[Published, ...] = ()
    """Which of our models repeats which published one."""
