"""Word vectors that know the order of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from lingraft.vectors.trainers.context_vectors import ContextVectors

if TYPE_CHECKING:
    from lingraft.vectors.learning.contexts import OrderedWindow
    from lingraft.vectors.learning.text import EncodedText


class OrderVectors(ContextVectors):
    """The order of the window counts: its vectors stand beside each other (Lai et al., 2016)."""

    trainer: Literal["order"]
    """order predicts a word by the ordered words around it: vectors tell more of its grammar."""

    def model_of(self, text: EncodedText, generator: Any) -> OrderedWindow:
        """The model at its start; see `ContextVectors.model_of`."""
        from lingraft.vectors.learning.contexts import OrderedWindow

        return OrderedWindow(len(text.words), self.dimension, self.window, generator)
