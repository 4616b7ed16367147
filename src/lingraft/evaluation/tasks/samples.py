"""Continuations of a few held-out documents by a decoder: to be read, never a score."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from lingraft.corpus.records import draw, read_texts
from lingraft.evaluation.outcome import MODEL, Outcome, Prediction, joined
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Task, register
from lingraft.evaluation.tasks.language_model import SOURCE, as_source_reads

if TYPE_CHECKING:
    from lingraft.corpus.documents import Document
    from lingraft.corpus.normalizing import TextDoor

_TIMES = 2  # a document is at least so many times as long as its prompt


@register
class WrittenSamples(Task[ModelSubject]):
    """What a decoder writes behind the beginnings of held-out documents, greedily."""

    name = "samples"
    about = "Short texts that a decoder generates, for the reader's eye; no score."
    measures = ModelSubject
    reads = ("weights", "tokenizer", "corpora", "source")

    prompts: int = Field(default=3, ge=1, le=20)
    """Held-out documents of a corpus, drawn by the hash of their ids."""
    prompt_characters: int = Field(default=30, ge=1)
    """The prompt ends at the last space within so many characters."""
    tokens: int = Field(default=40, ge=1, le=1000)
    """The most tokens that are generated."""

    def protocol(self) -> str:
        """The most probable token, one after the other."""
        return "samples/greedy"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """A record of each prompt, by the model and by its source model."""
        from lingraft.models.objective import continues_text

        if not continues_text(subject.model.config):
            return Outcome([], notes=["this model does not continue a text: no samples"])
        return joined(self._of_corpus(subject, name) for name in subject.corpora)

    def small(self, layers: int) -> dict[str, Any]:
        """Few tokens."""
        return {"prompts": 2, "tokens": 5}

    def _of_corpus(self, subject: ModelSubject, name: str) -> Outcome:
        folder = subject.corpora[name]
        documents = self._documents(read_texts(folder))
        language = subject.languages()[name]
        place = {"language": language}
        records: list[Prediction] = []
        for system, read, written in self._written(subject, folder, documents):
            for document, text in zip(read, written, strict=True):
                prompt = self._prompt(document.text)
                real = document.text[len(prompt) :]
                own = {"prompt": prompt, "generated": text, "real": real[: _shown(text)]}
                if system == MODEL:
                    own = _for_people(own, subject.door, language)
                records.append({"id": f"{name}/{document.id}", **place, "system": system, **own})
        return Outcome([], records)

    def _written(
        self, subject: ModelSubject, folder: Path, documents: "Sequence[Document]"
    ) -> "Iterator[tuple[str, Sequence[Document], list[str]]]":
        """Yield what the model reads, then its source model, and what each writes behind it."""
        from lingraft.evaluation.measures.continuations import continued
        from lingraft.models.objective import continues_text

        def by_source() -> list[str]:
            model, tokenizer = subject.source_reader
            if not continues_text(model.config):
                return []
            return [continued(model, tokenizer, prompt, self.tokens) for prompt in prompts]

        model, tokenizer = subject.model, subject.tokenizer
        prompts = [self._prompt(document.text) for document in documents]
        written = [continued(model, tokenizer, prompt, self.tokens) for prompt in prompts]
        yield MODEL, documents, written
        if subject.source_model is not None:
            documents = as_source_reads(subject, folder, documents)
            prompts = [self._prompt(document.text) for document in documents]
            question = [subject.source_digests, self.tokens, prompts]
            if found := subject.remembered("source_samples", question, by_source):
                yield SOURCE, documents, list(found)

    def _documents(self, documents: "Sequence[Document]") -> "list[Document]":
        """Those that go on behind the prompt, or else the longest ones."""
        least = _TIMES * self.prompt_characters
        long = [document for document in documents if len(document.text.strip()) >= least]
        if len(long) < self.prompts:
            filled = [document for document in documents if document.text.strip()]
            long = sorted(filled, key=lambda one: (-len(one.text), one.id))[: self.prompts]
        return draw(long, self.prompts)

    def _prompt(self, text: str) -> str:
        """The beginning of a text, without the space behind it."""
        cut = text[: self.prompt_characters + 1]
        if len(cut) <= self.prompt_characters:  # a short text: its first half
            cut = text[: len(text) // 2 + 1]
        words = cut.rsplit(maxsplit=1)
        return words[0] if len(words) == 2 else cut[:-1] or text


def _for_people(texts: dict[str, str], door: "TextDoor", language: str) -> dict[str, str]:
    """Texts in the spelling of people, as far as it comes back, and what the model itself wrote."""
    written = {key: door.original(text, language) for key, text in texts.items()}
    if written == texts:
        return texts
    return written | {"generated_as_read": texts["generated"]}


def _shown(text: str) -> int:
    """As much of the real text as there is generated, and some more to see how it goes on."""
    return max(40, len(text) + 20)
