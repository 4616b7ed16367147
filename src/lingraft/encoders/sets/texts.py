"""Single texts, for losses that need no pairs: SimCSE, TSDAE."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from lingraft.encoders.examples import Form, TrainingExample
from lingraft.encoders.training_set import CorpusSet, SetInputs


class Texts(CorpusSet):
    """The training documents of corpora, or their sentences, each once."""

    kind: Literal["texts"]
    unit: Literal["document", "sentence"] = "document"
    """What an example is. Sentences end at a full stop, a question mark or an exclamation mark of
    any script that a space (in Chinese and Japanese: nothing) follows."""

    each_text_once: ClassVar[bool] = True

    @property
    def form(self) -> Form:
        """Single texts."""
        return "texts"

    def read(self, given: SetInputs) -> Iterator[TrainingExample]:
        """Yield the texts of the corpora, in their order.

        Raises:
            InputError: a corpus is damaged.
        """
        from lingraft.corpus.records import read_texts
        from lingraft.encoders.data.sentences import split_sentences

        for folder, language in self.folders(given):
            for document in read_texts(folder, "train"):
                if self.unit == "document":
                    yield TrainingExample(document.id, (document.text,), language)
                    continue
                for number, sentence in enumerate(split_sentences(document.text)):
                    yield TrainingExample(f"{document.id}/{number}", (sentence,), language)
