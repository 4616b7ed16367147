"""Text that a vocabulary is made from: the training parts of corpora, up to a limit."""

from pydantic import Field

from lingraft.config.base import Block, Name


class SampledText(Block):
    """A deterministic sample of the training text of corpora."""

    corpora: tuple[Name, ...] = Field(min_length=1)
    """Corpora whose training part is read."""

    maximum_bytes: int = Field(2_000_000_000, gt=0)
    """Read a deterministic sample of at most this many bytes, shared out among the corpora."""

    temperature: float = Field(1.0, gt=0, le=1)
    """Exponent of the corpora's sizes when a sample is shared out: 1 is proportional, less favors
    small corpora (XLM-R used 0.3)."""
