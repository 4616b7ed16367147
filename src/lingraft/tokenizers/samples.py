"""The text of corpora for a vocabulary: what it is made from, and what it is measured on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lingraft.artifacts import Artifact, CorpusFacts, open_artifact
from lingraft.config.sampled_text import SampledText
from lingraft.corpus.documents import read_documents
from lingraft.corpus.normalizing import NormalizerMark, common_mark
from lingraft.errors import InputError
from lingraft.tokenizers.metrics import count_tokens, measure
from lingraft.tokenizers.sampling import Share, sample_corpora, shares

_MEASURED_CHARACTERS = 2_000_000  # of held-out text; more changes no digit that matters


@dataclass(frozen=True)
class Sample:
    """A sample of the training parts of corpora, not yet read."""

    inputs: Mapping[str, Artifact[CorpusFacts]]
    """The corpora by name, opened."""
    folders: Sequence[Path]
    languages: list[str]
    """Of each corpus."""
    parts: Sequence[Share]
    mark: NormalizerMark
    """How the texts were written anew; empty: they were not."""

    @classmethod
    def of(cls, settings: SampledText, corpora: Sequence[Path]) -> "Sample":
        """The sample that settings ask for.

        Raises:
            InputError: a corpus is damaged or empty, or they are not written alike.
        """
        opened = [open_artifact(folder, CorpusFacts) for folder in corpora]
        sizes = [text.facts.splits["train"]["bytes"] for text in opened]
        if not sizes or not all(sizes):
            raise InputError(
                f"there is no training text in {', '.join(map(str, corpora)) or 'nothing'}"
            )
        parts = shares(sizes, settings.maximum_bytes, settings.temperature)
        languages = [text.facts.written_in for text in opened]
        marks = [text.facts.normalizer for text in opened]
        places = map(str, corpora)
        mark = common_mark(dict(zip(places, zip(marks, languages, strict=True), strict=True)))
        return cls({text.folder.name: text for text in opened}, corpora, languages, parts, mark)

    @property
    def bytes(self) -> dict[str, int]:
        """Bytes of each corpus, at most, by name."""
        pairs = zip(self.folders, self.parts, strict=True)
        return {folder.name: round(part.maximum_bytes) for folder, part in pairs}

    def texts(self) -> Iterator[str]:
        """The texts, one corpus after the other."""
        return sample_corpora(self.folders, self.parts)

    def held_out_texts(self) -> Iterator[str]:
        """All held-out texts, one corpus after the other."""
        for folder in self.folders:
            yield from _held_out(folder)

    def measure_held_out(self, tokenizer: Any) -> dict[str, dict[str, float]]:
        """How well a tokenizer fits the held-out part of each corpus, by its name.

        Args:
            tokenizer: a fast tokenizer of transformers.
        """
        found = {}
        for folder, language in zip(self.folders, self.languages, strict=True):
            counts = count_tokens(_beginning(_held_out(folder)), tokenizer, language)
            found[folder.name] = measure(counts, len(tokenizer))
        return found


def _held_out(corpus: Path) -> Iterator[str]:
    return (document.text for document in read_documents(corpus / "valid.jsonl.zst"))


def _beginning(texts: Iterator[str]) -> Iterator[str]:
    left = _MEASURED_CHARACTERS
    for text in texts:
        left -= len(text)
        if left < 0:
            return
        yield text
