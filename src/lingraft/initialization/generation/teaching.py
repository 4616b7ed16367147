"""From corpora to lessons on text, and what these did for held-out text, beside FVT."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from lingraft.corpus.documents import read_documents
from lingraft.errors import InputError
from lingraft.initialization.generation.frozen import FrozenModel
from lingraft.initialization.generation.quality import compared
from lingraft.initialization.generation.split import TokenSplit
from lingraft.initialization.generation.text_lessons import Taught, TextCourse
from lingraft.initialization.generation.windows import SpecialRows
from lingraft.initialization.generator import Generator, TextLessons
from lingraft.initialization.networks.basis import Basis
from lingraft.initialization.networks.reader import TokenReader
from lingraft.vectors.inputs import VectorInputs

_CHARACTERS = 20_000_000  # of a corpus, its first ones
_WINDOWS = 64  # of held-out text


@dataclass(frozen=True, eq=False)
class TextLearned:
    """A course, and the text to examine what it taught."""

    course: TextCourse
    held_out: Mapping[str, Sequence[str]]
    """Documents by the name of their corpus."""
    digest: str
    """Of all text that is learned from."""

    def measured(self, network: nn.Module, fvt: nn.Module) -> list[dict[str, Any]]:
        """The source model's loss on held-out text of each corpus, with generated and FVT's rows.

        `loss` is in nats a prediction, the mean over windows, with the paired difference (more is
        better) and its interval of 95 %.

        Args:
            network: of the generator.
            fvt: the same network before its first step.
        """
        fvt.to(next(network.parameters()).device)
        found = []
        for number, (name, texts) in enumerate(self.held_out.items()):
            lesson = self.course.exam(number, texts)
            ours_W, fvt_W = (lesson.measured(each, _WINDOWS) for each in (network, fvt))
            loss = compared(-ours_W, -fvt_W, sign=-1.0)
            found.append({"corpus": name, "windows": len(ours_W), "loss": loss})
        return found


@dataclass(frozen=True)
class TextSource:
    """The corpora of lessons on text."""

    settings: TextLessons
    given: VectorInputs

    def beside(
        self, generator: Generator, reader: TokenReader, basis: Basis, split: TokenSplit, model: Any
    ) -> TextLearned:
        """The lessons of a generator.

        Args:
            generator: its settings.
            reader: how it reads tokens.
            basis: the source's rows.
            split: which of them it learns.
            model: the source model; it is frozen.

        Raises:
            InputError: a corpus is missing or has no text, or the model cannot take other rows.
        """
        parts = ("train", "valid")
        texts = {part: [self._read(name, part) for name in self.settings.corpora] for part in parts}
        digest = hashlib.sha256()
        for text in (text for corpus in texts["train"] for text in corpus):
            digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        bias_S = reader.request.bias_S
        taught = Taught(
            settings=self.settings,
            seed=generator.seed,
            reader=reader,
            basis=basis,
            training_N=split.training_N,
            model=FrozenModel(model, 0.0 if bias_S is None else float(np.mean(bias_S))),
            special=SpecialRows.of(model, reader.request.source.tokenizer),
            texts=texts["train"],
        )
        held_out = dict(zip(self.settings.corpora, texts["valid"], strict=True))
        return TextLearned(TextCourse(taught), held_out, digest.hexdigest())

    def _read(self, name: str, part: str) -> list[str]:
        folder = self.given.open("corpora", name).folder
        texts, characters = [], 0
        for document in read_documents(folder / f"{part}.jsonl.zst"):
            if document.text.strip():
                texts.append(document.text)
                characters += len(document.text)
            if characters >= _CHARACTERS:
                break
        if not texts:
            raise InputError(
                f"corpus {name} has no {part} text, and `language_model` needs some; give another"
            )
        return texts


def told(name: str, quality: Mapping[str, Any]) -> Iterator[str]:
    """What lessons on text did, in words; nothing where there were none.

    Args:
        name: of the generator.
        quality: as of its training.
    """
    for found in quality.get("text", []):
        loss = found["loss"]
        yield (
            f"{name}: the source model's loss on held-out text of {found['corpus']}, cut by a "
            f"sampled vocabulary, is {loss['value']:.3f} nats a prediction with its rows and "
            f"{loss['fvt']:.3f} with FVT's (gain {loss['difference']:+.3f}, 95 % "
            f"{loss['interval'][0]:+.3f} to {loss['interval'][1]:+.3f})"
        )
