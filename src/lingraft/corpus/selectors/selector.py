"""What every way to choose text has: a sample, how much is kept, and a score of each document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from lingraft.config.base import Block, Name
from lingraft.corpus.formats import AnyTextInput

if TYPE_CHECKING:
    from lingraft.numeric.arrays import Float64

Texts = Callable[[], Iterator[str]]  # starts a new pass over the documents to choose from


class Selector(Block):
    """Keep the training documents that are nearest to a sample. The held-out part is not selected:
    it stays that of the whole corpus."""

    method: str
    """How near a document is to the sample."""

    corpus: Name | None = None
    """The corpus whose training text is the sample."""

    texts: tuple[AnyTextInput, ...] = ()
    """Texts that are the sample, instead of a corpus; they are cleaned by this corpus's rules."""

    share: float | None = Field(None, gt=0, lt=1)
    """Keep this share of the training documents."""

    documents: int | None = Field(None, gt=0)
    """Keep this many training documents, instead of a share."""

    @model_validator(mode="after")
    def _one_sample_and_one_size(self) -> Self:
        if (self.corpus is None) == (not self.texts):
            raise ValueError("the sample is a `corpus` or `texts`: give one of them")
        if (self.share is None) == (self.documents is None):
            raise ValueError("how much is kept is a `share` or a number of `documents`: give one")
        return self

    def count(self, available: int) -> int:
        """How many of so many documents are kept; at least one."""
        if self.documents is not None:
            return self.documents
        return max(1, round((self.share or 0) * available))

    def scores(self, sample: Sequence[str], texts: Texts, language: str) -> Float64:
        """How near each document is; larger is nearer.

        Args:
            sample: the texts of the sample.
            texts: the documents to choose from, N; read several times, never held at once.
            language: as in swh_Latn; decides the segmentation.

        Raises:
            InputError: no word of the sample can be used.
        """
        raise NotImplementedError
